#include "serve/burst.h"

#include "base/panic.h"

void orr_burst_init(orr_burst_deck *deck, int draft_tokens, const double *acceptance, uint64_t seed, uint64_t lane)
{
    ORR_INVARIANT(draft_tokens >= 0 && draft_tokens <= ORR_MAX_DRAFT_TOKENS);
    *deck = (orr_burst_deck){.draft_tokens = draft_tokens, .dealt = ORR_BURST_CARDS, .rng = orr_rng_stream(seed, "bursts", lane)};
    double reach = 1;
    for (int j = 0; j < draft_tokens; j++) deck->reach[j] = reach *= acceptance[j];
}

void orr_burst_replay(orr_burst_deck *deck, const uint8_t *accepted, int64_t accepted_count, int64_t first)
{
    ORR_INVARIANT(accepted_count > 0 && first >= 0 && first < accepted_count);
    deck->accepted = accepted;
    deck->accepted_count = accepted_count;
    deck->replayed = first;
}

void orr_burst_shuffle(orr_burst_deck *deck)
{
    const double offset = orr_rng_uniform(&deck->rng);
    for (int i = 0; i < ORR_BURST_CARDS; i++) {
        const double u = ((double)i + offset) / ORR_BURST_CARDS;
        int burst = 1;
        while (burst <= deck->draft_tokens && u < deck->reach[burst - 1]) burst++;      /* reach never rises with the position */
        deck->cards[i] = (uint8_t)burst;
    }
    for (int i = ORR_BURST_CARDS - 1; i > 0; i--) {
        const uint64_t other = orr_rng_below(&deck->rng, (uint64_t)i + 1);
        const uint8_t card = deck->cards[i];
        deck->cards[i] = deck->cards[other];
        deck->cards[other] = card;
    }
    deck->dealt = 0;
}
