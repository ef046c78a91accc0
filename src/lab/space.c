/* The product of a study's domains: numbering and names of its points. */
#include "lab/space.h"

#include <stdlib.h>
#include <string.h>

bool orr_space_open(const orr_study_file *file, orr_space *space, orr_diags *diags)
{
    *space = (orr_space){.domains = file->domains, .domain_count = file->domain_count, .point_count = 1};
    double points = 1;
    for (size_t i = 0; i < file->domain_count; i++) points *= (double)file->domains[i].choice_count;
    if (points > (double)ORR_SPACE_POINTS_MAX) {
        size_t widest = 0;
        for (size_t i = 1; i < file->domain_count; i++) if (file->domains[i].choice_count > file->domains[widest].choice_count) widest = i;
        orr_diag *diag = orr_diag_error(diags, file->domains[widest].place, "the domains of this study make %.0f points; at most %d can be searched", points, ORR_SPACE_POINTS_MAX);
        orr_diag_hint(diag, "The widest is %s with %zu choices. Fix some values with --set path=value, or give ranges a larger factor.", file->domains[widest].path, file->domains[widest].choice_count);
        return false;
    }
    for (size_t i = 0; i < file->domain_count; i++) space->point_count *= file->domains[i].choice_count;
    return true;
}

void orr_space_choices(const orr_space *space, size_t point, size_t *choice_index)
{
    for (size_t i = space->domain_count; i-- > 0;) {
        choice_index[i] = point % space->domains[i].choice_count;
        point /= space->domains[i].choice_count;
    }
}

size_t orr_space_point(const orr_space *space, const size_t *choice_index)
{
    size_t point = 0;
    for (size_t i = 0; i < space->domain_count; i++) point = point * space->domains[i].choice_count + choice_index[i];
    return point;
}

static const char *last_key(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* Where settings of the same names stand again: prefill engines, encoders, each group. The front of a path, up to the last `length` characters of which are its name and a dot; empty: the study's own. */
typedef struct part { const char *front; size_t length, name_length; } part;
static const part own_part = {"", 0, 0};

static part part_of(const char *path)
{
    static const char *const sections[] = {"serving.prefill.", "serving.encoders.", "serving.groups."};
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(sections[i]), name = length - strlen("serving.");
        if (!orr_text_starts_with(path, sections[i])) continue;
        if (i == 2) length += name = strcspn(path + length, ".") + 1;
        return (part){path, length, name};
    }
    return own_part;
}

static bool same_part(part a, part b) { return a.length == b.length && strncmp(a.front, b.front, a.length) == 0; }

static size_t find_in_part(const orr_space *space, part of, const char *key)
{
    for (size_t i = 0; i < space->domain_count; i++)
        if (orr_text_equal(last_key(space->domains[i].path), key) && same_part(part_of(space->domains[i].path), of)) return i;
    return ORR_NO_DOMAIN;
}

size_t orr_space_find_domain(const orr_space *space, const char *key) { return find_in_part(space, own_part, key); }

/* Settings under a path say nothing where another has one choice. */
static const struct { const char *under, *where, *is; } idle_rules[] = {
    {"serving.prefill.", "serving.mode", "aggregated"}, {"serving.transfer.", "serving.mode", "aggregated"}, {"engine.speculation.", "engine.speculation.method", "none"},
    {"engine.attention_ffn.", "engine.attention_ffn.ffn_devices", "0"}, {"serving.encoders.", "serving.encoders.replicas", "0"}, {"serving.autoscale.", "serving.autoscale.target", "0"}};

static bool says_nothing(const orr_space *space, const size_t *choice_index, size_t domain)
{
    const char *path = space->domains[domain].path;
    for (size_t rule = 0; rule < sizeof idle_rules / sizeof *idle_rules; rule++) {
        if (!orr_text_starts_with(path, idle_rules[rule].under) || orr_text_equal(path, idle_rules[rule].where)) continue;
        for (size_t i = 0; i < space->domain_count; i++)
            if (orr_text_equal(space->domains[i].path, idle_rules[rule].where) && orr_text_equal(space->domains[i].choices[choice_index[i]], idle_rules[rule].is)) return true;
    }
    return false;
}

size_t orr_space_original(const orr_space *space, size_t point, size_t *choice_index)
{
    orr_space_choices(space, point, choice_index);
    for (size_t i = 0; i < space->domain_count; i++) if (says_nothing(space, choice_index, i)) choice_index[i] = 0;
    return orr_space_point(space, choice_index);
}

bool orr_domain_shapes_traffic(const orr_domain *domain)
{
    static const char *const servers[] = {"model", "hardware", "engine", "serving", "slo", "objective", "title"};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        size_t length = strlen(servers[i]);
        if (strncmp(domain->path, servers[i], length) == 0 && (domain->path[length] == '\0' || domain->path[length] == '.')) return false;
    }
    return true;
}

bool orr_domain_is_load(const orr_domain *domain)
{
    static const char *const loads[] = {"serving.replicas", "serving.prefill.replicas", "traffic.load.rate", "traffic.load.concurrency"};
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) if (orr_text_equal(domain->path, loads[i])) return true;
    return false;
}

typedef struct keyed_point { size_t key, point; } keyed_point;
static int compare_keyed(const void *a, const void *b)
{
    const keyed_point *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

orr_point_groups orr_space_groups(const orr_space *space, size_t most, orr_arena *arena)
{
    orr_point_groups groups = {ORR_NEW_ARRAY(arena, size_t, space->point_count + 1), ORR_NEW_ARRAY(arena, size_t, space->point_count + 2), 0};
    keyed_point *keyed = orr_mem_resize(NULL, (space->point_count + 1) * sizeof *keyed);
    size_t *choices = ORR_NEW_ARRAY(arena, size_t, space->domain_count + 1);
    for (size_t point = 0; point < space->point_count; point++) {
        orr_space_choices(space, point, choices);
        for (size_t i = 0; i < space->domain_count; i++) if (orr_domain_is_load(&space->domains[i])) choices[i] = 0;
        keyed[point] = (keyed_point){orr_space_point(space, choices), point};
    }
    if (space->point_count > 1) qsort(keyed, space->point_count, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < space->point_count; i++) {
        groups.members[i] = keyed[i].point;
        if (i == 0 || keyed[i].key != keyed[i - 1].key || i - groups.first[groups.count - 1] == most) groups.first[groups.count++] = i;
    }
    groups.first[groups.count] = space->point_count;
    orr_mem_free(keyed);
    return groups;
}

/* How a choice reads in a label. Parts are joined in the order of this table: layout, numbers, replicas, then limits. A format that starts with ',' or ' x' needs no space before it. */
typedef struct label_rule { const char *key, *format /* NULL: goes without saying */, *when /* only for this choice; NULL: any */; } label_rule;
static const label_rule label_rules[] = {
    {"model", "%s", NULL},
    {"chip", "%s", NULL},
    {"node", "%s", NULL},
    {"tensor_parallel_size", "TP%s", NULL},
    {"prefill_context_parallel_size", NULL, "1"},
    {"prefill_context_parallel_size", "PCP%s", NULL},
    {"decode_context_parallel_size", NULL, "1"},
    {"decode_context_parallel_size", "DCP%s", NULL},
    {"prefill_context_exchange", NULL, "all_gather"},
    {"prefill_context_exchange", "%s", NULL},
    {"dcp_comm_backend", NULL, "ag_rs"},
    {"dcp_comm_backend", "%s", NULL},
    {"pipeline_parallel_size", NULL, "1"},
    {"pipeline_parallel_size", "PP%s", NULL},
    {"data_parallel_size", NULL, "1"},
    {"data_parallel_size", "DP%s", NULL},
    {"ffn_devices", NULL, "0"},
    {"ffn_devices", "+ %s for FFN", NULL},
    {"micro_batches", "in 1 micro-batch", "1"},
    {"micro_batches", "in %s micro-batches", NULL},
    {"enable_expert_parallel", "EP", "true"},
    {"enable_expert_parallel", "no EP", "false"},
    {"quantization", "as published", "none"},
    {"quantization", "%s", NULL},
    {"kv_cache_dtype", "KV %s", NULL},
    {"replicas", "x %s replicas", NULL},
    {"nodes", "on %s nodes", NULL},
    {"mode", "%s", NULL},
    {"method", "no speculation", "none"},
    {"method", "%s", NULL},
    {"tokens", "%s drafts", NULL},
    {"acceptance", "accepted %s", NULL},
    {"draft_model", "by %s", NULL},
    {"profile", "%s", NULL},
    {"max_num_seqs", ", %s seqs", NULL},
    {"max_num_batched_tokens", ", %s tokens", NULL},
};
enum { LABEL_RULES = sizeof label_rules / sizeof *label_rules };

static bool has_rule(const char *key)
{
    for (size_t i = 0; i < LABEL_RULES; i++) if (orr_text_equal(label_rules[i].key, key)) return true;
    return false;
}

/* The first rule of the key that takes the choice is the one that applies. */
static bool applies(size_t rule, const char *choice)
{
    for (size_t i = 0; i <= rule; i++) {
        if (!orr_text_equal(label_rules[i].key, label_rules[rule].key)) continue;
        if (!label_rules[i].when || orr_text_equal_ignoring_case(label_rules[i].when, choice)) return i == rule;
    }
    return false;
}

const orr_domain *orr_domain_find(const orr_domain *domains, size_t count, const char *path, bool *several)
{
    const orr_domain *found = NULL;
    *several = false;
    for (size_t i = 0; i < count; i++) {
        const orr_domain *domain = &domains[i];
        if (orr_text_equal(domain->path, path)) { *several = false; return domain; }
        const size_t front = strlen(domain->path) > strlen(path) ? strlen(domain->path) - strlen(path) : 0;
        if (front == 0 || !orr_text_ends_with(domain->path, path) || domain->path[front - 1] != '.') continue;
        *several |= found != NULL;
        found = domain;
    }
    return found;
}

const char *orr_domain_name(const orr_domain *domains, size_t count, size_t domain)
{
    const char *path = domains[domain].path, *name = last_key(path);
    for (bool shared = true; shared && name > path;) {
        shared = false;
        for (size_t i = 0; i < count; i++) shared |= i != domain && orr_text_ends_with(domains[i].path, name) && orr_text_ends_with(path, name);
        if (!shared) break;
        for (name--; name > path && name[-1] != '.';) name--;
    }
    return name;
}

/* --- labels: what they are put together from is found once for all points --- */

/* A domain's word for each of its choices (body NULL: none); at the head of a label or of a part without its first characters. */
typedef struct label_word { const char *body; size_t joint; bool closes_up; } label_word;
typedef struct label_slot { size_t domain; const label_word *words; } label_slot;
typedef struct label_part { part of; label_slot *slots; size_t count; } label_part;

struct orr_labeller {
    const orr_space *space;
    label_part *parts;                  /* the study's own first */
    size_t part_count;
    label_slot *others;                 /* domains that no rule speaks of, after all parts */
    size_t other_count;
};

static label_word word_of(const char *format, const char *choice, orr_arena *arena)
{
    orr_text body = {0};
    if (orr_text_equal(format, "x %s replicas") && orr_text_equal(choice, "1")) format = "x %s replica";
    if (orr_text_equal(format, "on %s nodes") && orr_text_equal(choice, "1")) format = "on %s node";
    for (const char *at = format; *at; at++) {
        if (at[0] == '%' && at[1] == 's') { orr_text_append(&body, choice); at++; }
        else orr_text_append_bytes(&body, at, 1);
    }
    const label_word word = {orr_arena_strdup(arena, body.bytes ? body.bytes : ""), strncmp(format, ", ", 2) == 0 || strncmp(format, "x ", 2) == 0 ? 2 : 0, format[0] == ','};
    orr_text_free(&body);
    return word;
}

/* What the rules say of a part's domains, in the order of the rules. */
static label_part part_words(const orr_space *space, part of, orr_arena *arena)
{
    label_part words = {of, ORR_NEW_ARRAY(arena, label_slot, LABEL_RULES), 0};
    for (size_t rule = 0; rule < LABEL_RULES; rule++) {
        const size_t domain = find_in_part(space, of, label_rules[rule].key);
        if (domain == ORR_NO_DOMAIN || !label_rules[rule].format) continue;
        const size_t choices = space->domains[domain].choice_count;
        label_word *own = ORR_NEW_ARRAY(arena, label_word, choices);
        for (size_t c = 0; c < choices; c++) if (applies(rule, space->domains[domain].choices[c])) own[c] = word_of(label_rules[rule].format, space->domains[domain].choices[c], arena);
        words.slots[words.count++] = (label_slot){domain, own};
    }
    return words;
}

static label_slot other_words(const orr_space *space, size_t domain, orr_arena *arena)
{
    const orr_domain *of = &space->domains[domain];
    const char *name = has_rule(last_key(of->path)) ? of->path : orr_domain_name(space->domains, space->domain_count, domain);
    label_word *words = ORR_NEW_ARRAY(arena, label_word, of->choice_count);
    for (size_t c = 0; c < of->choice_count; c++) words[c] = (label_word){orr_arena_printf(arena, ", %s %s", name, of->choices[c]), 2, true};
    return (label_slot){domain, words};
}

orr_labeller *orr_labeller_create(const orr_space *space, orr_arena *arena)
{
    orr_labeller *labeller = ORR_NEW(arena, orr_labeller);
    *labeller = (orr_labeller){space, ORR_NEW_ARRAY(arena, label_part, space->domain_count + 1), 1, ORR_NEW_ARRAY(arena, label_slot, space->domain_count + 1), 0};
    labeller->parts[0] = part_words(space, own_part, arena);
    for (size_t i = 0; i < space->domain_count; i++) {
        const char *path = space->domains[i].path, *key = last_key(path);
        const part of = part_of(path);
        bool told = of.length == 0;
        for (size_t p = 1; p < labeller->part_count && !told; p++) told = same_part(labeller->parts[p].of, of);
        if (!told) labeller->parts[labeller->part_count++] = part_words(space, of, arena);
        if (!has_rule(key) || find_in_part(space, of, key) != i) labeller->others[labeller->other_count++] = other_words(space, i, arena);
    }
    return labeller;
}

static void append_word(const label_slot *slot, const orr_space *space, const size_t *choice_index, orr_text *label)
{
    const label_word *word = &slot->words[choice_index[slot->domain]];
    if (!word->body || says_nothing(space, choice_index, slot->domain)) return;
    if (label->length_bytes > 0 && !word->closes_up) orr_text_append(label, " ");
    orr_text_append(label, label->length_bytes > 0 ? word->body : word->body + word->joint);
}

const char *orr_label(const orr_labeller *labeller, const size_t *choice_index, orr_arena *arena)
{
    const orr_space *space = labeller->space;
    if (space->domain_count == 0) return "the study as written";
    orr_text label = {0}, of_part = {0};
    for (size_t p = 0; p < labeller->part_count; p++) {
        const label_part *of = &labeller->parts[p];
        of_part.length_bytes = 0;
        for (size_t i = 0; i < of->count; i++) append_word(&of->slots[i], space, choice_index, p == 0 ? &label : &of_part);
        if (of_part.length_bytes > 0) orr_text_printf(&label, "%s%.*s %s", label.length_bytes > 0 ? "; " : "", (int)of->of.name_length - 1, of->of.front + of->of.length - of->of.name_length, of_part.bytes);
    }
    for (size_t i = 0; i < labeller->other_count; i++) append_word(&labeller->others[i], space, choice_index, &label);
    const char *kept = orr_arena_strdup(arena, label.length_bytes > 0 ? label.bytes : "no parallelism");
    orr_text_free(&label);
    orr_text_free(&of_part);
    return kept;
}

const char *orr_space_label(const orr_space *space, const size_t *choice_index, orr_arena *arena)
{
    orr_arena *scratch = orr_arena_create();
    const char *label = orr_label(orr_labeller_create(space, scratch), choice_index, arena);
    orr_arena_destroy(scratch);
    return label;
}
