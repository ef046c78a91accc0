/* A chip's parts for people: where its area, power and cost go, beside what is stated. */
#ifndef ORR_APP_SHOW_PARTS_H
#define ORR_APP_SHOW_PARTS_H

#include "spec/bind.h"

void orr_show_parts(const orr_chip_made *made, const orr_chip *stated, orr_arena *arena, orr_text *out);

#endif
