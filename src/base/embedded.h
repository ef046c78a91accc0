/* The files embedded at build (tools/embed.c): the catalogue under data/ and, unless built with WEB=0, the page under web/dist/.
 * Invariants: 1. sorted by path (bytewise); 2. paths are as from the root of the repository ("data/chips/h100-sxm.yaml"); 3. a NUL follows the bytes. */
#ifndef ORR_BASE_EMBEDDED_H
#define ORR_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct orr_embedded_file { const char *path; const char *bytes; size_t length_bytes; } orr_embedded_file;

extern const orr_embedded_file orr_embedded_files[];
extern const size_t orr_embedded_file_count;

#endif
