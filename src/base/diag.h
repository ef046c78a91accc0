/* Diagnostics: what is wrong, where, and the way out.
 *
 * A diagnostic is one line that quotes the value, the source line with a caret, notes for other places, and a hint.
 *     study.yaml:7:32: error: tensor_parallel_size 3 does not divide the 64 attention heads of Llama-3.1-70B
 *         7 | engine: {tensor_parallel_size: 3}
 *           |                                ^
 *       note: data/models/llama-3.1-70b-instruct.yaml:18:24: num_attention_heads is 64
 *       hint: The divisors that fit are 1, 2, 4, 8.
 * Invariants: 1. diagnostics are kept in the order of their places, then of their report; 2. nothing is dropped. */
#ifndef ORR_BASE_DIAG_H
#define ORR_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/mem.h"
#include "base/text.h"

typedef struct orr_source {
    const char *name;       /* as the user named it: a path, "--set", "catalogue: data/chips/h100-sxm.yaml" */
    const char *bytes;      /* NUL-terminated */
    size_t length_bytes;
} orr_source;

typedef struct orr_place {
    const orr_source *source;   /* NULL: no place (a command line, the environment) */
    uint32_t line, column;      /* from 1; columns count bytes */
    uint32_t length_bytes;      /* of what the caret underlines; 0: one caret */
} orr_place;

typedef enum { ORR_FAULT_USER, ORR_FAULT_ENVIRONMENT, ORR_FAULT_OURS } orr_fault;   /* exit codes 2, 3, 3 */
typedef enum { ORR_ERROR, ORR_WARNING } orr_severity;

typedef struct orr_diag orr_diag;
typedef struct orr_diags orr_diags;     /* a collection; owns its text */

orr_diags *orr_diags_create(void);
void orr_diags_destroy(orr_diags *diags);
size_t orr_diags_error_count(const orr_diags *diags);
size_t orr_diags_warning_count(const orr_diags *diags);
orr_fault orr_diags_worst_fault(const orr_diags *diags);

orr_diag *orr_diag_error(orr_diags *diags, orr_place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
orr_diag *orr_diag_warning(orr_diags *diags, orr_place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
orr_diag *orr_diag_environment(orr_diags *diags, const char *format, ...) __attribute__((format(printf, 2, 3)));
void orr_diag_note(orr_diag *diag, orr_place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
void orr_diag_hint(orr_diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Renders all of them, as above; colour with ANSI codes when asked. */
void orr_diags_render(const orr_diags *diags, bool colour, orr_text *out);
/* The same as a JSON array, in the same order; include/orrery/orrery.h says what stands in it. */
void orr_diags_write_json(const orr_diags *diags, orr_text *out);

#endif
