/* What the tree's files share. */
#ifndef ORR_BASE_TREE_INTERNAL_H
#define ORR_BASE_TREE_INTERNAL_H

#include "base/tree.h"
#include "base/limits.h"

enum { ORR_STEP_BYTES = ORR_MAX_KEY_BYTES + 1 };

/* Whether a plain scalar of this text is null: empty, ~, null. */
bool orr_text_is_null(const char *text);
/* Takes the first step off a dotted path (*path becomes NULL after the last); false when it is empty or too long. */
bool orr_path_step(const char **path, char *step, size_t step_capacity);
/* The item of a list by its number in text; NULL when there is none or the text is no number. */
orr_node *orr_list_item(const orr_node *list, const char *number);

#endif
