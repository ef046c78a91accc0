#include "lab/label.h"

#include <string.h>
#include "base/text.h"
#include "lab/space_part.h"

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

/* A domain's word for each of its choices (body NULL: none); at the head of a label or of a part without its first characters. */
typedef struct label_word { const char *body; size_t joint; bool closes_up; } label_word;
typedef struct label_slot { size_t domain; const label_word *words; } label_slot;
typedef struct label_part { orr_part of; label_slot *slots; size_t count; } label_part;

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
static label_part part_words(const orr_space *space, orr_part of, orr_arena *arena)
{
    label_part words = {of, ORR_NEW_ARRAY(arena, label_slot, LABEL_RULES), 0};
    for (size_t rule = 0; rule < LABEL_RULES; rule++) {
        const size_t domain = orr_find_in_part(space, of, label_rules[rule].key);
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
    const char *name = has_rule(orr_last_key(of->path)) ? of->path : orr_domain_name(space->domains, space->domain_count, domain);
    label_word *words = ORR_NEW_ARRAY(arena, label_word, of->choice_count);
    for (size_t c = 0; c < of->choice_count; c++) words[c] = (label_word){orr_arena_printf(arena, ", %s %s", name, of->choices[c]), 2, true};
    return (label_slot){domain, words};
}

orr_labeller *orr_labeller_create(const orr_space *space, orr_arena *arena)
{
    orr_labeller *labeller = ORR_NEW(arena, orr_labeller);
    *labeller = (orr_labeller){space, ORR_NEW_ARRAY(arena, label_part, space->domain_count + 1), 1, ORR_NEW_ARRAY(arena, label_slot, space->domain_count + 1), 0};
    labeller->parts[0] = part_words(space, orr_own_part, arena);
    for (size_t i = 0; i < space->domain_count; i++) {
        const char *path = space->domains[i].path, *key = orr_last_key(path);
        const orr_part of = orr_part_of(path);
        bool told = of.length == 0;
        for (size_t p = 1; p < labeller->part_count && !told; p++) told = orr_same_part(labeller->parts[p].of, of);
        if (!told) labeller->parts[labeller->part_count++] = part_words(space, of, arena);
        if (!has_rule(key) || orr_find_in_part(space, of, key) != i) labeller->others[labeller->other_count++] = other_words(space, i, arena);
    }
    return labeller;
}

static void append_word(const label_slot *slot, const orr_space *space, const size_t *choice_index, orr_text *label)
{
    const label_word *word = &slot->words[choice_index[slot->domain]];
    if (!word->body || orr_says_nothing(space, choice_index, slot->domain)) return;
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

const char *orr_label_of_point(const orr_space *space, const size_t *choice_index, orr_arena *arena)
{
    orr_arena *scratch = orr_arena_create();
    const char *label = orr_label(orr_labeller_create(space, scratch), choice_index, arena);
    orr_arena_destroy(scratch);
    return label;
}
