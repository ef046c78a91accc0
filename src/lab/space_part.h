/* Where the domains of a space belong: settings of the same names stand again for prefill engines, encoders and each group of replicas. */
#ifndef ORR_LAB_SPACE_PART_H
#define ORR_LAB_SPACE_PART_H

#include "lab/space.h"

/* The front of a path, up to the last `name_length` characters of which are its name and a dot; empty: the study's own. */
typedef struct orr_part { const char *front; size_t length, name_length; } orr_part;
extern const orr_part orr_own_part;

orr_part orr_part_of(const char *path);
bool orr_same_part(orr_part a, orr_part b);
/* What comes after the last dot. */
const char *orr_last_key(const char *path);
/* The part's domain whose path ends in `key`, or ORR_NO_DOMAIN. */
size_t orr_find_in_part(const orr_space *space, orr_part of, const char *key);
/* True where another domain's choice leaves this one without effect: serving.prefill where serving is aggregated. */
bool orr_says_nothing(const orr_space *space, const size_t *choice_index, size_t domain);

#endif
