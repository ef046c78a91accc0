#include "lab/space_part.h"

#include <string.h>

const char *orr_last_key(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

const orr_part orr_own_part = {"", 0, 0};

orr_part orr_part_of(const char *path)
{
    static const char *const sections[] = {"serving.prefill.", "serving.encoders.", "serving.groups."};
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(sections[i]), name = length - strlen("serving.");
        if (!orr_text_starts_with(path, sections[i])) continue;
        if (i == 2) length += name = strcspn(path + length, ".") + 1;
        return (orr_part){path, length, name};
    }
    return orr_own_part;
}

bool orr_same_part(orr_part a, orr_part b) { return a.length == b.length && strncmp(a.front, b.front, a.length) == 0; }

size_t orr_find_in_part(const orr_space *space, orr_part of, const char *key)
{
    for (size_t i = 0; i < space->domain_count; i++)
        if (orr_text_equal(orr_last_key(space->domains[i].path), key) && orr_same_part(orr_part_of(space->domains[i].path), of)) return i;
    return ORR_NO_DOMAIN;
}

/* Settings under a path say nothing where another has one choice. */
static const struct { const char *under, *where, *is; } idle_rules[] = {
    {"serving.prefill.", "serving.mode", "aggregated"}, {"serving.transfer.", "serving.mode", "aggregated"}, {"engine.speculation.", "engine.speculation.method", "none"},
    {"engine.attention_ffn.", "engine.attention_ffn.ffn_devices", "0"}, {"serving.encoders.", "serving.encoders.replicas", "0"}, {"serving.autoscale.", "serving.autoscale.target", "0"}};

bool orr_says_nothing(const orr_space *space, const size_t *choice_index, size_t domain)
{
    const char *path = space->domains[domain].path;
    for (size_t rule = 0; rule < sizeof idle_rules / sizeof *idle_rules; rule++) {
        if (!orr_text_starts_with(path, idle_rules[rule].under) || orr_text_equal(path, idle_rules[rule].where)) continue;
        for (size_t i = 0; i < space->domain_count; i++)
            if (orr_text_equal(space->domains[i].path, idle_rules[rule].where) && orr_text_equal(space->domains[i].choices[choice_index[i]], idle_rules[rule].is)) return true;
    }
    return false;
}
