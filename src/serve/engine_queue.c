/* Slots and the lists they stand in: intrusive, O(1). */
#include "serve/engine_state.h"

void orr_slot_list_push_back(orr_engine_core *engine, orr_slot_list *list, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    slot->previous = list->last;
    slot->next = ORR_NO_REQUEST;
    if (list->last != ORR_NO_REQUEST) orr_slot_at(engine, list->last)->next = index;
    else list->first = index;
    list->last = index;
    list->count++;
}

void orr_slot_list_remove(orr_engine_core *engine, orr_slot_list *list, orr_request_index index)
{
    orr_slot *slot = orr_slot_at(engine, index);
    if (slot->previous != ORR_NO_REQUEST) orr_slot_at(engine, slot->previous)->next = slot->next;
    else list->first = slot->next;
    if (slot->next != ORR_NO_REQUEST) orr_slot_at(engine, slot->next)->previous = slot->previous;
    else list->last = slot->previous;
    list->count--;
}

orr_request_index orr_slot_acquire(orr_engine_core *engine)
{
    orr_request_index index = engine->unused;
    if (index == ORR_NO_REQUEST) {
        index = (orr_request_index)engine->slots.count;
        orr_vec_push(&engine->slots, (orr_slot){0});
        return index;
    }
    orr_slot *slot = orr_slot_at(engine, index);
    engine->unused = slot->next;
    orr_prefix_link *const prefix = slot->prefix;
    const int prefix_capacity = slot->prefix_capacity;
    orr_mem_clear(slot, sizeof *slot);
    slot->prefix = prefix;
    slot->prefix_capacity = prefix_capacity;
    return index;
}

void orr_slot_release(orr_engine_core *engine, orr_request_index index)
{
    orr_slot_at(engine, index)->next = engine->unused;
    engine->unused = index;
}
