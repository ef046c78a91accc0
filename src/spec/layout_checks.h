/* What the checks of a layout share (study_layout.c, study_layout_chips.c). */
#ifndef ORR_SPEC_LAYOUT_CHECKS_H
#define ORR_SPEC_LAYOUT_CHECKS_H

#include "spec/bind.h"

/* Where the system is one pool's view: `prefix` of the paths, `whose` in front of what is said; "" else. */
typedef struct orr_layout_checker { orr_binder *binder; orr_study *study; const char *prefix, *whose; } orr_layout_checker;

/* A fault of the study's layout, at the value of `path`. */
orr_diag *orr_layout_report(orr_layout_checker *c, orr_layout_fault kind, const char *path, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Ranks of a tensor-parallel group stay in one node; groups fill nodes. Gives `replicas` its value when it is left open. */
void orr_layout_check_chips(orr_layout_checker *c);
/* FFN devices of hardware of their own, of all replicas. */
void orr_layout_check_ffn_chips(orr_layout_checker *c);

#endif
