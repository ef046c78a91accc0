/* The list sink: grows in the caller's arena (old copies stay there until it ends; a step has some tens of operators). */
#include "perf/operator.h"

#include <string.h>

void orr_operator_list_push(orr_operator_list *list, const orr_operator *operator_)
{
    if (list->count == list->capacity) {
        int capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        orr_operator *items = ORR_NEW_ARRAY(list->arena, orr_operator, capacity);
        if (list->count > 0) memcpy(items, list->items, (size_t)list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *operator_;
}
