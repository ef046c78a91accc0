#include "spec_support.h"

#include <stdio.h>
#include <string.h>

const char spec_small_study[] =
    "schema: orrery/v1\n"
    "model: llama-3.1-8b\n"
    "hardware: {chip: h100-sxm, chips: 8}\n"
    "engine: {profile: vllm}\n"
    "traffic: {source: fixed, input_tokens: 1000, output_tokens: 100, load: {rate: 5/s}, stop: {requests: 100}}\n";

spec_fixture spec_begin(void) { return (spec_fixture){.arena = orr_arena_create(), .diags = orr_diags_create()}; }

void spec_end(spec_fixture *fixture)
{
    orr_text_free(&fixture->rendered);
    orr_diags_destroy(fixture->diags);
    orr_arena_destroy(fixture->arena);
}

const char *spec_report(spec_fixture *fixture)
{
    orr_text_clear(&fixture->rendered);
    orr_diags_render(fixture->diags, false, &fixture->rendered);
    return fixture->rendered.bytes ? fixture->rendered.bytes : "";
}

void spec_expect_clean(spec_fixture *fixture)
{
    const char *report = spec_report(fixture);
    if (*report) fail_msg("reported:\n%s", report);
}

void spec_expect_report(spec_fixture *fixture, const char *piece)
{
    const char *report = spec_report(fixture);
    if (!strstr(report, piece)) fail_msg("\"%s\" is not in:\n%s", piece, report);
}

orr_study_file *spec_read(spec_fixture *fixture, const char *text, const char *const *settings, size_t setting_count)
{
    orr_source *source = ORR_NEW(fixture->arena, orr_source);
    *source = (orr_source){.name = "study.yaml", .bytes = orr_arena_strdup(fixture->arena, text), .length_bytes = strlen(text)};
    return orr_study_file_read_source(fixture->arena, source, settings, setting_count, fixture->diags);
}

orr_study *spec_bind(spec_fixture *fixture, const char *text, const char *const *settings, size_t setting_count)
{
    orr_study *study = ORR_NEW(fixture->arena, orr_study);
    orr_study_file *file = spec_read(fixture, text, settings, setting_count);
    bool good = file && orr_study_bind(file, NULL, fixture->arena, study, fixture->diags);
    spec_expect_clean(fixture);
    assert_true(good);
    return study;
}
