/* What tests of src/spec share: studies from text, and systems bound from them. */
#ifndef ORR_TESTS_SPEC_SUPPORT_H
#define ORR_TESTS_SPEC_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/diag.h"
#include "base/mem.h"
#include "base/text.h"
#include "spec/catalogue.h"
#include "spec/study.h"

typedef struct spec_fixture { orr_arena *arena; orr_diags *diags; orr_text rendered; } spec_fixture;

spec_fixture spec_begin(void);
void spec_end(spec_fixture *fixture);
/* What was reported, as text. */
const char *spec_report(spec_fixture *fixture);
/* Fails the test, with the report, when anything was. */
void spec_expect_clean(spec_fixture *fixture);
/* Reads a study from text named "study.yaml". */
orr_study_file *spec_read(spec_fixture *fixture, const char *text, const char *const *settings, size_t setting_count);
/* Reads and binds a study without domains; fails the test when it is wrong. */
orr_study *spec_bind(spec_fixture *fixture, const char *text, const char *const *settings, size_t setting_count);
/* Fails unless the report holds the piece. */
void spec_expect_report(spec_fixture *fixture, const char *piece);

/* A small study that is right; `%s` places are left to the caller. */
extern const char spec_small_study[];

#endif
