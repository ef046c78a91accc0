/* Values relative to what they are laid over: x2, x0.5, +30%, -20%.
 *
 * The number that the other begins with is multiplied, and what follows it, its unit, stays: 3.35 TB/s by x2 is 6.7 TB/s. Where nothing stands beneath, or no number, the text stays as it is, for the binder to report. */
#include <math.h>
#include "base/json.h"
#include "base/number.h"
#include "spec/bind.h"

bool orr_relative_read(const char *text, double *factor)
{
    const char first = text[0];
    const size_t length = orr_number_length(first == 'x' ? text + 1 : text);
    double value = 0;
    if (length == 0) return false;
    if (first == 'x') {
        if (text[1] == '+' || text[1] == '-' || text[1 + length] != 0 || !orr_number_read(text + 1, length, 0, &value)) return false;
        *factor = value;
        return value > 0;
    }
    if ((first != '+' && first != '-') || text[length] != '%' || text[length + 1] != 0 || !orr_number_read(text, length, 0, &value)) return false;
    *factor = 1 + value / 100;
    return *factor > 0;
}

static const orr_node *scalar_of(const orr_node *node)
{
    if (node && orr_node_is_cited(node)) node = orr_tree_get(node, "value");
    return node && node->kind == ORR_NODE_SCALAR ? node : NULL;
}

static orr_node *times(orr_arena *arena, const orr_node *base, const orr_node *over, double factor)
{
    double value = 0;
    char number[32];
    const size_t length = orr_number_length(base->scalar);
    if (length == 0 || !orr_number_read(base->scalar, length, 0, &value) || !isfinite(value * factor)) return NULL;
    return orr_tree_new_scalar(arena, orr_arena_printf(arena, "%s%s", orr_double_shortest(value * factor, number), base->scalar + length), over->place);
}

orr_node *orr_relative_apply(orr_arena *arena, const orr_node *base, const orr_node *over)
{
    double factor = 1;
    base = scalar_of(base);
    if (!base) return NULL;
    if (over->kind == ORR_NODE_SCALAR) return orr_relative_read(over->scalar, &factor) ? times(arena, base, over, factor) : NULL;
    const orr_node *choices = orr_node_is_domain(over) ? orr_tree_get(over, "choices") : NULL;
    if (!choices || choices->kind != ORR_NODE_LIST) return NULL;
    orr_node *copy = orr_tree_copy(arena, over), *list = orr_tree_get(copy, "choices");
    bool any = false;
    for (orr_node *choice = list->first; choice; choice = choice->next) {
        orr_node *now = choice->kind == ORR_NODE_SCALAR && orr_relative_read(choice->scalar, &factor) ? times(arena, base, choice, factor) : NULL;
        if (now) choice->scalar = now->scalar;
        any |= now != NULL;
    }
    return any ? copy : NULL;
}
