/* What the files of the study's binder share. */
#ifndef ORR_SPEC_STUDY_INTERNAL_H
#define ORR_SPEC_STUDY_INTERNAL_H

#include "spec/bind.h"
#include "spec/study.h"

/* By the source's text alone: "fixed", the name of a file that holds a trace, or a profile. */
orr_traffic_kind orr_traffic_kind_of(const char *source);

/* Is anything written at this path of the section? */
bool orr_study_given(const orr_node *section, const char *key);
/* The traffic section, with its tenants (study_traffic.c): defaults that follow from other values, and fields that need one another. */
bool orr_study_bind_traffic(orr_binder *binder, const orr_node *root, orr_traffic *traffic);

/* Chips cost an hour what owning them does, where the study says so (ownership_fields.c). */
bool orr_study_bind_cost(orr_binder *binder, orr_study *study);

/* Chips stand in domains as large as their fabric says (study_fabric.c). */
void orr_study_regroup(orr_binder *binder, orr_hardware *hardware);
/* Domains and networks that can be built and hold the chips; the study's layout_fault tells what can't. */
bool orr_study_check_fabric(orr_binder *binder, orr_study *study);

/* What images are to the model: their tokens; false where it can't see, or sizes differ. */
bool orr_study_bind_images(orr_binder *binder, orr_study *study);

/* The recording of accepted drafts, read; depths that make sense (speculation_bind.c). */
bool orr_study_bind_speculation(orr_binder *binder, orr_speculation *speculation);

/* measure.warmup, read (measure_fields.c). */
bool orr_study_bind_measure(orr_binder *binder, orr_measure *measure);

/* weight_dtype and compute_dtype from quantization, the model and the chip; kv_cache_dtype when it is auto. False: the chip multiplies nothing that would do. */
bool orr_engine_resolve_dtypes(const orr_model *model, const orr_chip *chip, orr_engine *engine);
/* Dense matrix rate of the chip with inputs of this dtype; 0: none. */
double orr_chip_rate(const orr_chip *chip, orr_dtype dtype);

/* Without what stands in sections of serving that are of no consequence; returns how many. */
size_t orr_study_provenance_that_counts(const orr_study *study, const orr_provenance *all, size_t count, orr_provenance *kept);

/* The system as a group is, whose name need not be settled yet (study_pools.c). */
void orr_study_group_view(const orr_study *study, const orr_group *group, orr_arena *arena, orr_study *view);

/* One group is no groups: what is said of it is said of the study. */
void orr_study_merge_single_group(orr_study *study, orr_arena *arena);

#endif
