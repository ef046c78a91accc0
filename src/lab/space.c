/* The product of a study's domains: numbering of its points. */
#include "lab/space.h"

#include <stdlib.h>
#include <string.h>
#include "lab/space_part.h"

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

size_t orr_space_find_domain(const orr_space *space, const char *key) { return orr_find_in_part(space, orr_own_part, key); }

size_t orr_space_original(const orr_space *space, size_t point, size_t *choice_index)
{
    orr_space_choices(space, point, choice_index);
    for (size_t i = 0; i < space->domain_count; i++) if (orr_says_nothing(space, choice_index, i)) choice_index[i] = 0;
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
    const char *path = domains[domain].path, *name = orr_last_key(path);
    for (bool shared = true; shared && name > path;) {
        shared = false;
        for (size_t i = 0; i < count; i++) shared |= i != domain && orr_text_ends_with(domains[i].path, name) && orr_text_ends_with(path, name);
        if (!shared) break;
        for (name--; name > path && name[-1] != '.';) name--;
    }
    return name;
}
