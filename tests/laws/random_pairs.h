/* Which pairs of choices the random systems have drawn: two policies, parts or kinds of load that stood in one system. */
#ifndef ORR_TESTS_RANDOM_PAIRS_H
#define ORR_TESTS_RANDOM_PAIRS_H

#include "random_system.h"

void random_pairs_count(const random_system *system);
/* Prints those never drawn; returns how many. */
int random_pairs_missing(void);

#endif
