/* Files: whole reads (gzip seen by its magic), line streams that do not grow with the file, and atomic writes (temporary + rename). */
#ifndef ORR_BASE_FILE_H
#define ORR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

/* Reads all into the arena, NUL-terminated; NULL on error (reported as the user's when absent, the environment's otherwise). */
orr_source *orr_file_read(orr_arena *arena, const char *path, orr_diags *diags);

typedef struct orr_lines orr_lines;
orr_lines *orr_lines_open(const char *path, orr_diags *diags);       /* .gz too; NULL on error (reported) */
/* The next line without its end (LF or CRLF); NULL at the end or on a read error (reported). Valid until the next call. At most 16 MiB a line. */
const char *orr_lines_next(orr_lines *lines, size_t *length_bytes);
size_t orr_lines_number(const orr_lines *lines);                     /* of the line last returned, from 1 */
bool orr_lines_failed(const orr_lines *lines);
void orr_lines_close(orr_lines *lines);

bool orr_file_write(const char *path, const char *bytes, size_t length_bytes, orr_diags *diags);
bool orr_file_copy(const char *from, const char *to, orr_diags *diags);      /* its bytes as they are */
bool orr_directory_make(const char *path, orr_diags *diags);        /* with parents; existing is fine */
bool orr_file_exists(const char *path);

#endif
