/* Parts for people: where a chip's area, power and cost go, beside what is stated; what a fabric's parts make. */
#ifndef ORR_ASK_SHOW_PARTS_H
#define ORR_ASK_SHOW_PARTS_H

#include "spec/bind.h"

void orr_show_parts(const orr_chip_made *made, const orr_chip *stated, orr_arena *arena, orr_text *out);
/* Nothing of a fabric without parts. */
void orr_show_fabric(const orr_fabric *fabric, orr_arena *arena, orr_text *out);

#endif
