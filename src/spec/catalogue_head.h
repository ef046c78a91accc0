/* What a file of the catalogue is called: name, title and aliases, read from its lines without parsing the file. */
#ifndef ORR_SPEC_CATALOGUE_HEAD_H
#define ORR_SPEC_CATALOGUE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/mem.h"

/* NULL and 0: not given. */
typedef struct orr_catalogue_head { const char *name, *title; const char **aliases; size_t alias_count; } orr_catalogue_head;

/* `bytes` end with a NUL. False: written in a way that only the parser reads. */
bool orr_catalogue_head_read(orr_arena *arena, const char *bytes, orr_catalogue_head *head);

#endif
