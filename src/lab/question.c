#include "lab/question.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "base/text.h"
#include "base/units.h"
#include "spec/catalogue.h"
#include "spec/study.h"

enum { USUAL_TOKEN_BUDGET = 8192 };      /* of engine profiles, a step */
enum { ROUNDS = 10 };      /* requests of each of those in flight: ramps are a tenth or two of the run on both sides */

static const char *const metrics[] = {"ttft", "tpot", "itl", "e2el"};
static const char *const stats[] = {"mean", "p50", "p90", "p95", "p99"};

static const char *trimmed(orr_arena *arena, const char *text, size_t length)
{
    while (length > 0 && *text == ' ') { text++; length--; }
    while (length > 0 && text[length - 1] == ' ') length--;
    return orr_arena_strndup(arena, text, length);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) if (orr_text_equal_ignoring_case(word, words[i])) return true;
    return false;
}

/* "p99 tpot <= 20ms" -> "  tpot: {p99: 20 ms}". */
static bool put_limit(const char *limit, orr_text *out, orr_arena *arena, orr_diags *diags)
{
    const char *sign = strstr(limit, "<=");
    const char *left = sign ? trimmed(arena, limit, (size_t)(sign - limit)) : NULL, *right = sign ? trimmed(arena, sign + 2, strlen(sign + 2)) : NULL;
    const char *blank = left ? strchr(left, ' ') : NULL;
    const char *stat = blank ? orr_arena_strndup(arena, left, (size_t)(blank - left)) : "p99", *metric = blank ? trimmed(arena, blank, strlen(blank)) : left;
    double ns = 0;
    const char *problem = NULL;
    if (!sign || !is_one_of(metric, metrics, 4) || !is_one_of(stat, stats, 5) || !orr_unit_parse(right, ORR_UNIT_NS, false, &ns, &problem)) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "--slo \"%s\" is no limit%s%s", limit, problem ? ": " : "", problem ? problem : "");
        orr_diag_hint(diag, "Write tpot<=20ms or p95 ttft<=2s: one of ttft, tpot, itl, e2el; one of mean, p50, p90, p95, p99, else p99.");
        return false;
    }
    orr_text_printf(out, "  %s: {%s: %s}\n", metric, stat, right);
    return true;
}

/* A node of the catalogue made of this chip that divides `count`, the largest; NULL: none. */
static const orr_catalogue_entry *node_of(const char *chip, int64_t count, int64_t *chips)
{
    const orr_catalogue_entry *found = NULL;
    size_t node_count = 0;
    const orr_catalogue_entry *nodes = orr_catalogue_entries(ORR_KIND_NODE, &node_count);
    for (size_t i = 0; i < node_count; i++) {
        const orr_node *tree = orr_catalogue_tree(ORR_KIND_NODE, nodes[i].name, (orr_place){0}, NULL, NULL), *of = orr_tree_get(tree, "chip"), *size = orr_tree_find(tree, "chips.value");
        long long in_node = 0;
        if (!of || !orr_text_equal(of->scalar, chip) || !size || !orr_node_as_int(size, &in_node) || in_node < 1 || count % in_node != 0 || (found && in_node < *chips)) continue;
        found = &nodes[i];
        *chips = in_node;
    }
    return found;
}

typedef struct place_to_run { const char *hardware; int64_t chips, domain; } place_to_run;      /* domain: chips that are close together */

static bool read_on(const char *on, place_to_run *place, orr_arena *arena, orr_diags *diags)
{
    const char *colon = strrchr(on, ':');
    const char *name = colon ? orr_arena_strndup(arena, on, (size_t)(colon - on)) : on;
    char *end = NULL;
    const long long count = colon ? strtoll(colon + 1, &end, 10) : 1;
    const bool counted = !colon || (end != colon + 1 && *end == 0 && count >= 1 && count <= 100000);
    const orr_catalogue_entry *chip = orr_catalogue_find(ORR_KIND_CHIP, name), *node = chip ? NULL : orr_catalogue_find(ORR_KIND_NODE, name);
    if (!counted || (!chip && !node && !orr_text_ends_with(name, ".yaml"))) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, counted ? "--on \"%s\": the catalogue has no such chip or node" : "--on \"%s\": after the colon a number of them is wanted", counted ? name : on);
        orr_diag_hint(diag, "Write h200-sxm:8 (chips) or dgx-h100:2 (nodes); `orrery list chip` and `orrery list node` show names, and a chip of your own is a path.");
        return false;
    }
    if (node) {
        long long in_node = 1;
        orr_node_as_int(orr_tree_find(orr_catalogue_tree(ORR_KIND_NODE, node->name, (orr_place){0}, NULL, NULL), "chips.value"), &in_node);
        *place = (place_to_run){orr_arena_printf(arena, "{node: %s, nodes: %lld}", node->name, count), in_node * count, in_node};
        return true;
    }
    int64_t in_node = 0;
    node = chip ? node_of(chip->name, count, &in_node) : NULL;
    if (node) *place = (place_to_run){orr_arena_printf(arena, "{node: %s, nodes: %lld}", node->name, count / in_node), count, in_node};
    else *place = (place_to_run){orr_arena_printf(arena, "{chip: %s, chips: %lld}", chip ? chip->name : name, count), count, count};
    return true;
}

/* "1, 2, 4, 8": powers of two up to `most`. */
static const char *powers(int64_t most, orr_arena *arena)
{
    const char *all = "1";
    for (int64_t n = 2; n <= most; n *= 2) all = orr_arena_printf(arena, "%s, %" PRId64, all, n);
    return all;
}

static bool has_experts(const char *model)
{
    const orr_node *config = orr_catalogue_find(ORR_KIND_MODEL, model) ? orr_tree_get(orr_catalogue_tree(ORR_KIND_MODEL, model, (orr_place){0}, NULL, NULL), "config") : NULL;
    static const char *const keys[] = {"n_routed_experts", "num_experts", "num_local_experts", "text_config.num_experts", "text_config.num_local_experts"};
    for (size_t i = 0; config && i < sizeof keys / sizeof *keys; i++) if (orr_tree_find(config, keys[i])) return true;
    return false;
}

const char *orr_question_study(const orr_question *q, orr_arena *arena, orr_diags *diags)
{
    place_to_run place;
    orr_text out = {0};
    if (!orr_catalogue_load(diags)) return NULL;
    bool good = read_on(q->on, &place, arena, diags);
    if (!good) return NULL;
    const int64_t most = ORR_QUESTION_MOST_PER_CHIP * place.chips;
    const char *profile = q->engine ? q->engine : "vllm";
    orr_text_printf(&out, "schema: orrery/v1\nmodel: %s\nhardware: %s\nengine:\n  profile: %s\n  tensor_parallel_size: {choices: [%s]}\n", q->model, place.hardware, profile, powers(place.domain, arena));
    if (has_experts(q->model)) orr_text_printf(&out, "  data_parallel_size: {choices: [%s]}\n  enable_expert_parallel: {choices: [false, true]}\n", powers(place.chips, arena));
    orr_text_printf(&out, "  max_num_seqs: %" PRId64 "\n", most);
    if (most > USUAL_TOKEN_BUDGET) orr_text_printf(&out, "  max_num_batched_tokens: %" PRId64 "\n", most);      /* a step has room for all that decode */
    if (q->traffic) orr_text_printf(&out, "traffic:\n  source: %s\n", q->traffic);
    else orr_text_printf(&out, "traffic:\n  source: fixed\n  input_tokens: %" PRId64 "\n  output_tokens: %" PRId64 "\n", q->input_tokens > 0 ? q->input_tokens : 1024, q->output_tokens > 0 ? q->output_tokens : 1024);
    orr_text_printf(&out, "  load: {concurrency: {choices: [%s]}}\n  stop: {rounds: %d}\n", powers(most, arena), ROUNDS);
    if (q->limit_count > 0) orr_text_append(&out, "slo:\n");
    for (size_t i = 0; i < q->limit_count; i++) good &= put_limit(q->limits[i], &out, arena, diags);
    const char *objective = q->objective ? q->objective : "output_tokens_per_s_per_gpu";
    const bool maximize = orr_text_equal(objective, "output_tokens_per_s_per_gpu") || orr_text_equal(objective, "goodput");
    orr_text_printf(&out, "objective: {%s: %s}\nseed: 1\n", maximize ? "maximize" : "minimize", objective);
    const char *text = good ? orr_arena_strdup(arena, out.bytes) : NULL;
    orr_text_free(&out);
    return text;
}

const char *orr_question_setting(const char *setting, orr_arena *arena)
{
    static const char *const parts[] = {"chip.", "node.", "fabric.", "chip=", "fabric="};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (orr_text_starts_with(setting, parts[i])) return orr_arena_printf(arena, "hardware.%s", setting);
    return setting;
}
