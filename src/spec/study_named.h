/* The files that a study names: traces, chips, models, coefficients, and what those name in turn. What a resolved study does not hold of itself, and what has to go along when a study moves elsewhere.
 *
 * A text of the tree that is the path of a regular file, taken from the folder of the file it was written in, names that file. Texts that are not meant as paths may do so by chance: a file too many does no harm. */
#ifndef ORR_SPEC_STUDY_NAMED_H
#define ORR_SPEC_STUDY_NAMED_H

#include "base/tree.h"

/* Told of each text that names a file, before those within that file; `node` may be changed. `inner`: the tree of a file of YAML or JSON, else NULL. `depth`: 0 in the study itself. */
typedef void orr_named_file_fn(void *context, orr_node *node, const char *path, orr_node *inner, int depth);
/* In the order in which they are written; a file named twice is told twice. At most so deep. */
enum { ORR_NAMED_DEPTH = 8 };
void orr_study_each_named(orr_node *tree, orr_arena *arena, orr_named_file_fn *tell, void *context);
/* Is it written as a path is: with / or . before it, a key that takes one, or an ending? Others name a file by chance. */
bool orr_study_is_path(const orr_node *node);
/* The file that the text of a node names; NULL: none. */
const char *orr_study_named_path(const orr_node *node, orr_arena *arena);

#endif
