/* A Markov-modulated Poisson process (Fischer and Meier-Hellstern 1993): a Markov chain walks over states, each with a Poisson rate of its own.
 *
 * The stay in a state is exponential with the state's mean dwell; the next state is any other, all alike. So the share of time in state i is dwell_i / sum(dwell), and the mean rate
 * sum(dwell_i rate_i) / sum(dwell_i); the states' rates are scaled so that it is the load's. The first state is drawn by the shares of time: the process is stationary.
 * Request i arrives where the rate's integral since the last one has grown by an exponential number of mean 1 (the same that Poisson draws for i): exact, whatever the states.
 * Stays come from streams of their own by number, so the states' course is the same whatever the rate. Range: up to 24 states. */
#include "traffic/arrivals.h"

static double rate_of(const orr_arrival_clock *clock, int state) { return clock->course->state_rates.values[state] * clock->scale; }
static double dwell_of(const orr_arrival_clock *clock, int state) { return clock->course->state_dwell_s.values[clock->course->state_dwell_s.same ? 0 : state]; }

/* Begins stay `stretch` in the state in hand. */
static void stay(orr_arrival_clock *clock, orr_chance *chance) { clock->stretch_end_s += orr_chance_exponential(chance) * dwell_of(clock, clock->state); }

static void begin(orr_arrival_clock *clock)
{
    const int count = clock->course->state_rates.count;
    double seconds = 0, arrivals = 0;
    for (int i = 0; i < count; i++) {
        seconds += dwell_of(clock, i);
        arrivals += dwell_of(clock, i) * clock->course->state_rates.values[i];
    }
    clock->scale = clock->rate_per_s * seconds / arrivals;
    orr_chance chance = orr_chance_of(clock->path, 0);
    double left = orr_chance_uniform(&chance) * seconds;
    while (clock->state + 1 < count && left >= dwell_of(clock, clock->state)) left -= dwell_of(clock, clock->state++);
    stay(clock, &chance);
}

static void next_state(orr_arrival_clock *clock)
{
    const int count = clock->course->state_rates.count;
    orr_chance chance = orr_chance_of(clock->path, ++clock->stretch);
    if (count > 1) clock->state = (clock->state + 1 + (int)(orr_chance_uniform(&chance) * (count - 1))) % count;
    stay(clock, &chance);
}

static void advance(orr_arrival_clock *clock, uint64_t index)
{
    orr_chance chance = orr_chance_of(clock->family, index);
    double left = orr_chance_exponential(&chance);
    for (;;) {
        const double rate = rate_of(clock, clock->state), here = (clock->stretch_end_s - clock->elapsed) * rate;
        if (rate > 0 && left <= here) break;
        left -= here;
        clock->elapsed = clock->stretch_end_s;
        next_state(clock);
    }
    clock->elapsed += left / rate_of(clock, clock->state);
}

const orr_arrival_process orr_arrivals_mmpp = {.load = ORR_LOAD_OPEN_MMPP, .in_seconds = true, .begin = begin, .advance = advance};
