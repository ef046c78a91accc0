#include "drive/agenda.h"

#include <stdbool.h>
#include <string.h>

#include "base/math.h"
#include "base/mem.h"
#include "base/panic.h"

enum { STRETCHES = ORR_AGENDA_STRETCHES, WANTED = 4 /* in a stretch */, MOST_SHIFT = 40 };

void orr_agenda_init(orr_agenda *agenda) { *agenda = (orr_agenda){.near_end_ns = INT64_MAX}; }

void orr_agenda_free(orr_agenda *agenda)
{
    orr_vec_free(&agenda->near.events);
    orr_vec_free(&agenda->far.events);
    orr_vec_free(&agenda->pool);
    orr_mem_free(agenda->ring);
}

static int64_t ring_end_stretch(const orr_agenda *agenda) { return (agenda->near_end_ns >> agenda->shift) + STRETCHES; }

static void wait_in_ring(orr_agenda *agenda, orr_event event)
{
    uint32_t *first = &agenda->ring[(uint64_t)(event.time_ns >> agenda->shift) % STRETCHES], place = agenda->unused;
    if (place != 0) {
        agenda->unused = agenda->pool.items[place - 1].next;
    } else {
        orr_vec_push(&agenda->pool, (orr_waiting_event){0});
        place = (uint32_t)agenda->pool.count;
    }
    agenda->pool.items[place - 1] = (orr_waiting_event){event, *first};
    *first = place;
    agenda->waiting++;
}

static void put_in(orr_agenda *agenda, orr_event event)
{
    if (event.time_ns < agenda->near_end_ns) orr_event_insert(&agenda->near, &event);
    else if (event.time_ns >> agenda->shift < ring_end_stretch(agenda)) wait_in_ring(agenda, event);
    else orr_event_insert(&agenda->far, &event);
}

/* The next stretch's events come near. */
static void pass_stretch(orr_agenda *agenda)
{
    if (agenda->waiting == 0) {         /* nothing before the first of those beyond the ring */
        const orr_event *far = orr_event_first(&agenda->far);
        agenda->near_end_ns = far->time_ns >> agenda->shift << agenda->shift;
    }
    uint32_t *first = &agenda->ring[(uint64_t)(agenda->near_end_ns >> agenda->shift) % STRETCHES], place = *first;
    agenda->passed_empty += place == 0;
    *first = 0;
    agenda->near_end_ns += INT64_C(1) << agenda->shift;
    while (place != 0) {
        orr_waiting_event *waiting = &agenda->pool.items[place - 1];
        const uint32_t next = waiting->next;
        orr_event_insert(&agenda->near, &waiting->event);
        if (agenda->watch.comes_near) agenda->watch.comes_near(agenda->watch.context, &waiting->event);
        waiting->next = agenda->unused;
        agenda->unused = place;
        agenda->waiting--;
        place = next;
    }
    for (const orr_event *far; (far = orr_event_first(&agenda->far)) != NULL && far->time_ns >> agenda->shift < ring_end_stretch(agenda);) {
        const orr_event event = *far;
        orr_event_pop(&agenda->far);
        put_in(agenda, event);
    }
}

/* A stretch that takes some WANTED of these, by the nearest half of them: 2^shift ns. */
static int shift_for(const orr_event *events, size_t count)
{
    int64_t first_ns = INT64_MAX, within[64] = {0};
    for (size_t i = 0; i < count; i++) first_ns = orr_min_i64(first_ns, events[i].time_ns);
    for (size_t i = 0; i < count; i++) within[63 - __builtin_clzll((uint64_t)(events[i].time_ns - first_ns) | 1)]++;
    int span = 0;                       /* of half of them: up to 2^(span + 1) ns */
    for (int64_t nearest = within[0]; 2 * nearest < (int64_t)count; nearest += within[span]) span++;
    int shift = span + 1;
    for (size_t stretches = 1; stretches * 2 * WANTED < count && shift > 0; stretches *= 2) shift--;
    return shift < MOST_SHIFT ? shift : MOST_SHIFT;
}

/* Chooses the length of stretches anew, and puts everybody where they then belong. */
static void spread(orr_agenda *agenda)
{
    ORR_VEC(orr_event) all = {0};
    for (size_t i = 0; i < agenda->near.events.count; i++) orr_vec_push(&all, agenda->near.events.items[i]);
    for (size_t i = 0; i < agenda->far.events.count; i++) orr_vec_push(&all, agenda->far.events.items[i]);
    for (int s = 0; agenda->ring != NULL && s < STRETCHES; s++)
        for (uint32_t place = agenda->ring[s]; place != 0; place = agenda->pool.items[place - 1].next) orr_vec_push(&all, agenda->pool.items[place - 1].event);
    agenda->near.events.count = agenda->far.events.count = agenda->pool.count = 0;
    agenda->unused = 0;
    agenda->waiting = agenda->passed_empty = 0;
    agenda->rest = orr_max_i64((int64_t)all.count, STRETCHES / 4);
    if (agenda->ring == NULL) agenda->ring = orr_mem_resize(NULL, STRETCHES * sizeof *agenda->ring);
    memset(agenda->ring, 0, STRETCHES * sizeof *agenda->ring);
    agenda->shift = shift_for(all.items, all.count);
    int64_t first_ns = INT64_MAX;
    for (size_t i = 0; i < all.count; i++) first_ns = orr_min_i64(first_ns, all.items[i].time_ns);
    agenda->near_end_ns = ((first_ns >> agenda->shift) + 1) << agenda->shift;
    for (size_t i = 0; i < all.count; i++) put_in(agenda, all.items[i]);
    orr_vec_free(&all);
}

/* Two are near, if there are two: one for the loop, and one to look ahead to. */
static void bring_near(orr_agenda *agenda)
{
    while (agenda->near.events.count < 2 && agenda->waiting + (int64_t)agenda->far.events.count > 0) pass_stretch(agenda);
}

void orr_agenda_push_later(orr_agenda *agenda, orr_event event)
{
    put_in(agenda, event);
    if (agenda->near.events.count == 0) bring_near(agenda);
}

/* An event was taken out. */
void orr_agenda_pass(orr_agenda *agenda)
{
    const bool many = agenda->near.events.count >= ORR_AGENDA_RING_FROM && --agenda->rest <= 0, empty = agenda->waiting > 0 && agenda->passed_empty > STRETCHES + agenda->waiting;
    if (many || empty) spread(agenda);
    bring_near(agenda);
}
