/* Questions of the C ABI: a verb and its options to an orr_ask, and what comes of it to a result. */
#include <string.h>
#include "ask/catalogue.h"
#include "ask/compare.h"
#include "ask/fit_workload.h"
#include "ask/listing.h"
#include "ask/pack.h"
#include "ask/run_files.h"
#include "base/cancel.h"
#include "base/file.h"
#include "library/handles.h"

/* One question under way. */
typedef struct asked {
    orr_ask how;
    orrery_options options;
    const orrery_study *study;
    const char *const *names; size_t name_count;
    orrery_result *result;
    orr_answer *answer;
    volatile int *cancel;
} asked;

static void on_progress(void *context, const char *unit, size_t done, size_t total, size_t simulated, const char *best)
{
    asked *a = context;
    if (a->options.on_progress(a->options.progress_context, unit, done, total, simulated, best) != 0) orr_cancel_set(a->cancel, 1);
}

/* --- the verbs --- */

static void check(asked *a)
{
    if (a->study) { orr_ask_check(&a->how, &a->result->text, a->answer, a->result->arena, a->result->diags); return; }
    orr_text schema = {0};
    orr_study_json_schema(&schema);
    a->answer->code = ORR_EXIT_DONE;
    orr_answer_of_bytes(a->answer, "schema.json", &schema, &(orr_text){0}, a->result->arena);
}

static void predict(asked *a)
{
    const orrery_options *o = &a->options;
    const orr_run_file_options given = {o->requests_file, o->steps_file, o->trace_file, o->record_file, o->replay_file, o->trace_requests > 0 ? o->trace_requests : ORR_TRACE_REQUESTS};
    orr_run_files written;
    const orr_ask_files files = orr_run_files_of(&written, &given);
    a->how.answer_only = !a->how.keep_records;      /* tables are of structs */
    orr_ask_predict(&a->how, orr_run_files_any(&given) ? &files : NULL, a->answer, a->result->arena, a->result->diags);
}

static void explain(asked *a) { orr_ask_explain(&a->how, a->answer, a->result->arena, a->result->diags); }

static void recommend(asked *a)
{
    a->how.seeds = a->options.seeds;
    if (a->options.by_count > 0) orr_ask_best_by(&a->how, a->options.by, a->options.by_count, a->answer, a->result->arena, a->result->diags);
    else orr_ask_recommend(&a->how, a->answer, a->result->arena, a->result->diags);
}

static void sweep(asked *a)
{
    const orrery_options *o = &a->options;
    orr_sweep_search search = {.evolves = o->evolve != 0};
    size_t shard, shard_count;
    if (!orr_ask_read_against(o->against, o->against_count, &search, a->result->diags) || !orr_ask_read_shard(o->shard, &shard, &shard_count, a->result->diags)) return;
    a->how.seeds = o->seeds;
    a->how.contours = o->contours;
    a->how.contour_cost = o->contour_cost;
    orr_ask_sweep(&a->how, o->samples, o->finalists, &search, shard, shard_count, a->answer, a->result->arena, a->result->diags);
}

static void whatif(asked *a)
{
    if (!a->how.source) a->how.source = orr_file_read(a->result->arena, a->study->path, a->result->diags);       /* it is asked more than once */
    a->how.answer_only = true;
    a->answer->code = orr_exit_code(a->result->diags, ORR_EXIT_USAGE);
    if (a->how.source) orr_ask_whatif(&a->how, a->options.changes, a->options.change_count, a->answer, a->result->arena, a->result->diags);
}

static void pack(asked *a)
{
    const orrery_options *o = &a->options;
    orr_sweep_search search = {.evolves = o->evolve != 0};
    if (!orr_ask_read_against(o->against, o->against_count, &search, a->result->diags)) return;
    orr_pack_question question = {.verb = o->as && *o->as ? o->as : NULL, .samples = o->samples, .finalists = o->finalists, .top = o->top, .search = orr_sweep_search_code(&search), .seeds = o->seeds, .contours = o->contours, .contour_cost = o->contour_cost};
    if (orr_pack_take_texts(&question, o->by, o->by_count, o->changes, o->change_count, a->result->diags)) orr_ask_pack(&a->how, o->output_dir, &question, a->answer, a->result->arena, a->result->diags);
}

static void verify(asked *a) { orr_ask_verify(&a->how, a->names[0], a->answer, a->result->arena, a->result->diags); }
static void compare(asked *a) { orr_ask_compare(&a->how, a->names[0], a->names[1], a->answer, a->result->arena, a->result->diags); }
static void list(asked *a) { orr_ask_list(a->name_count > 0 ? a->names[0] : NULL, a->answer, a->result->arena, a->result->diags); }

static void show(asked *a)
{
    if (a->name_count == 2 && orr_text_equal(a->names[0], "fields")) orr_ask_fields(a->names[1], a->answer, a->result->arena, a->result->diags);
    else orr_ask_show(a->names, a->name_count, a->answer, a->result->arena, a->result->diags);
}

/* Settings name the profile and its source: "name=..", "source-title=..", as the options of the command line. */
static void fit_workload(asked *a)
{
    orr_diags *diags = a->result->diags;
    const char *format = NULL;
    orr_workload_citation c = {0};
    const struct { const char *key; const char **value; } keys[] = {{"format", &format}, {"name", &c.name}, {"title", &c.title}, {"source-title", &c.source_title}, {"source-url", &c.source_url},
                                                                    {"source-license", &c.source_license}, {"source-date", &c.source_date}, {"source-read", &c.source_read}};
    for (size_t i = 0; i < a->how.setting_count; i++) {
        const char *setting = a->how.settings[i];
        const size_t length = strcspn(setting, "=");
        bool known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys && setting[length]; k++) {
            if (strlen(keys[k].key) != length || strncmp(keys[k].key, setting, length) != 0) continue;
            *keys[k].value = setting + length + 1;
            known = true;
        }
        if (!known) orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "fit-workload takes no \"%s\"", setting), "It takes format, name, title, source-title, source-url, source-license, source-date, source-read: name=my-traffic.");
    }
    if (orr_diags_error_count(diags) == 0) orr_ask_fit_workload(a->names[0], format, &c, a->answer, a->result->arena, diags);
}

static void ls(asked *a) { orr_ask_ls(a->how.store, a->answer, a->result->arena); }
static void merge(asked *a) { orr_ask_merge(&a->how, a->names + 1, a->name_count - 1, a->answer, a->result->arena, a->result->diags); }

enum { STUDY = 1, NO_STUDY = 2, STORE = 4, OLD_STORE = 8 /* one that is there already */, MANY = 1000000 };
static const struct verb { const char *name; void (*ask)(asked *a); int wants; size_t least_names, most_names; } verbs[] = {
    {"check", check, 0, 0, 0}, {"predict", predict, STUDY, 0, 0}, {"explain", explain, STUDY, 0, 0}, {"recommend", recommend, STUDY, 0, 0}, {"sweep", sweep, STUDY, 0, 0}, {"whatif", whatif, STUDY, 0, 0},
    {"pack", pack, STUDY | OLD_STORE, 0, 0}, {"verify", verify, NO_STUDY, 1, 1}, {"compare", compare, NO_STUDY, 2, 2}, {"ls", ls, NO_STUDY | STORE | OLD_STORE, 0, 0}, {"merge", merge, NO_STUDY, 2, MANY}, {"list", list, NO_STUDY, 0, 1}, {"fit-workload", fit_workload, NO_STUDY, 1, 1}, {"show", show, NO_STUDY, 1, 2},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const struct verb *verb_of(const char *name, orr_diags *diags)
{
    const char *names[VERBS];
    for (size_t i = 0; i < VERBS; i++) {
        names[i] = verbs[i].name;
        if (orr_text_equal(verbs[i].name, name)) return &verbs[i];
    }
    const char *near = name ? orr_text_nearest(name, names, VERBS) : NULL;
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "unknown verb \"%s\"", name ? name : "");
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"?", near);
    return NULL;
}

static bool suits(const struct verb *v, const asked *a, orr_diags *diags)
{
    if ((v->wants & STUDY) && !a->study) orr_diag_error(diags, (orr_place){0}, "%s is asked of a study, and there is none", v->name);
    else if ((v->wants & NO_STUDY) && a->study) orr_diag_error(diags, (orr_place){0}, "%s is not asked of a study", v->name);
    else if (a->name_count < v->least_names) orr_diag_error(diags, (orr_place){0}, "%s wants %s", v->name, v->least_names == 1 ? "a name" : v->most_names == 2 ? "two names" : "two names or more");
    else if (a->name_count > v->most_names) orr_diag_error(diags, (orr_place){0}, "%s: one name too many: %s", v->name, a->names[v->most_names]);
    else if ((v->wants & STORE) && !(a->options.store && *a->options.store)) orr_diag_error(diags, (orr_place){0}, "%s is asked of a store, and none is named", v->name);
    else return true;
    return false;
}

/* merge: the store that takes. */
static bool open_store(const struct verb *v, asked *a)
{
    const char *path = v->ask == merge ? a->names[0] : a->options.store;
    if (!path || !*path) return true;
    a->how.store = (v->wants & OLD_STORE) ? orr_store_open_existing(path, a->result->diags) : orr_store_open(path, a->result->diags);
    return a->how.store != NULL;
}

orrery_result *orrery_ask(const char *verb, const orrery_study *study, const char *const *names, size_t name_count, const orrery_options *options)
{
    orr_arena *arena = orr_arena_create();
    orrery_result *result = ORR_NEW(arena, orrery_result);
    *result = (orrery_result){.arena = arena, .diags = orr_diags_create()};
    volatile int own = 0;
    orr_answer answer = {.code = ORR_EXIT_USAGE};
    asked a = {.options = ORRERY_OPTIONS_INIT, .study = study, .names = names, .name_count = name_count, .result = result, .answer = &answer};
    if (options) memcpy(&a.options, options, options->size_bytes < sizeof a.options ? options->size_bytes : sizeof a.options);
    const orrery_options *o = &a.options;
    a.cancel = o->control ? &o->control->asked : &own;
    a.how = (orr_ask){.path = study ? study->path : NULL, .source = study && study->source.bytes ? &study->source : NULL, .settings = o->settings, .setting_count = o->setting_count, .threads = (int)o->threads,
                      .keep_records = o->keep_requests != 0, .top = o->top, .cancel = a.cancel, .on_progress = o->on_progress ? on_progress : NULL, .progress_context = &a};
    const struct verb *v = verb_of(verb, result->diags);
    bool good = v && suits(v, &a, result->diags) && open_store(v, &a);
    if (good && study && study->is_question) good = (a.how.source = orr_ask_subject(&study->question, arena, result->diags)) != NULL;
    if (good) v->ask(&a);
    else answer.code = orr_exit_code(result->diags, ORR_EXIT_USAGE);
    orr_library_take(result, &answer, o, good && v->ask != pack);
    if (!orr_store_close(a.how.store, result->diags)) result->status = (orrery_status)orr_exit_code(result->diags, ORR_EXIT_ENVIRONMENT);
    orr_diags_render(result->diags, false, &result->diagnostics);
    if (answer.remark) orr_text_append(&result->diagnostics, answer.remark);
    orr_diags_write_json(result->diags, &result->diagnostics_json);
    orr_answer_free(&answer);
    return result;
}

orrery_result *orrery_check(const orrery_study *study, const orrery_options *options) { return orrery_ask("check", study, NULL, 0, options); }
orrery_result *orrery_predict(const orrery_study *study, const orrery_options *options) { return orrery_ask("predict", study, NULL, 0, options); }
orrery_result *orrery_explain(const orrery_study *study, const orrery_options *options) { return orrery_ask("explain", study, NULL, 0, options); }
orrery_result *orrery_recommend(const orrery_study *study, const orrery_options *options) { return orrery_ask("recommend", study, NULL, 0, options); }
orrery_result *orrery_sweep(const orrery_study *study, const orrery_options *options) { return orrery_ask("sweep", study, NULL, 0, options); }

orrery_result *orrery_whatif(const orrery_study *study, const char *const *changes, size_t change_count, const orrery_options *options)
{
    orrery_options own = ORRERY_OPTIONS_INIT;
    if (options) memcpy(&own, options, options->size_bytes < sizeof own ? options->size_bytes : sizeof own);
    own.size_bytes = sizeof own;
    own.changes = changes;
    own.change_count = change_count;
    return orrery_ask("whatif", study, NULL, 0, &own);
}
