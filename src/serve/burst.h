/* Speculation seen from the scheduler: how many tokens a decoding request gains in a step.
 *
 * A step verifies K drafts of every decoding request and emits the A = 1 + (drafts accepted in a row) tokens that follow, so that
 *     P(A > j) = a_1 a_2 ... a_j,     E[A] = 1 + a_1 + a_1 a_2 + ... + a_1 ... a_K        a_j: draft j is accepted, given that all before it were
 * A is common to all requests of a lane's step: that keeps an iteration O(1) (batch.h). It comes from a deck of 256 cards that is dealt to its end and shuffled again:
 *   card i has u_i = (i + U)/256 with a new U for each deck, and stands for A = 1 + (the number of j with u_i < a_1 ... a_j): over a deck the share of every A is right within 1/256, in the mean
 *   of decks exactly; within a deck bursts are as irregular as drawn ones, so that short requests differ in pace as real ones do.
 * Invariants: 1. 1 <= A <= K + 1; 2. without drafts A == 1 and nothing is drawn; 3. the sequence depends on (seed, lane) alone. */
#ifndef ORR_SERVE_BURST_H
#define ORR_SERVE_BURST_H

#include <stdint.h>
#include "base/rng.h"

enum { ORR_MAX_DRAFT_TOKENS = 16, ORR_BURST_CARDS = 256 };

typedef struct orr_burst_deck {
    int draft_tokens;                               /* K */
    int dealt;                                      /* cards dealt of this deck */
    double reach[ORR_MAX_DRAFT_TOKENS];             /* a_1 ... a_j */
    uint8_t cards[ORR_BURST_CARDS];
    orr_rng rng;
} orr_burst_deck;

/* `acceptance` has draft_tokens entries. */
void orr_burst_init(orr_burst_deck *deck, int draft_tokens, const double *acceptance, uint64_t seed, uint64_t lane);
void orr_burst_shuffle(orr_burst_deck *deck);
static inline int64_t orr_burst_deal(orr_burst_deck *deck)
{
    if (deck->draft_tokens == 0) return 1;
    if (deck->dealt == ORR_BURST_CARDS) orr_burst_shuffle(deck);
    return deck->cards[deck->dealt++];
}

#endif
