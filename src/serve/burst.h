/* Speculation seen from the scheduler: how many tokens a decoding request gains in a step.
 *
 * A step verifies K drafts of every decoding request and emits the A = 1 + (drafts accepted in a row) tokens that follow, so that
 *     P(A > j) = a_1 a_2 ... a_j,     E[A] = 1 + a_1 + a_1 a_2 + ... + a_1 ... a_K        a_j: draft j is accepted, given that all before it were
 * A is common to all requests of a lane's step: that keeps an iteration O(1) (batch.h). It comes from a deck of 256 cards that is dealt to its end and shuffled again:
 *   card i has u_i = (i + U)/256 with a new U for each deck, and stands for A = 1 + (the number of j with u_i < a_1 ... a_j): over a deck the share of every A is right within 1/256, in the mean
 *   of decks exactly; within a deck bursts are as irregular as drawn ones, so that short requests differ in pace as real ones do.
 * Or the counts of accepted drafts are replayed from a recording, one a step that drafts, from its first to its last and again; lane l of p starts l/p of the way through.
 * A step that verifies only k <= K drafts takes its card or count like any other, and no more than k of it: the shares of A <= k are those of K = k.
 * Invariants: 1. 1 <= A <= k + 1; 2. without drafts A == 1 and nothing is drawn; 3. the sequence of cards depends on (seed, lane) alone, that of counts on the lane: never on who is in the batch. */
#ifndef ORR_SERVE_BURST_H
#define ORR_SERVE_BURST_H

#include <stddef.h>
#include <stdint.h>
#include "base/rng.h"

enum { ORR_MAX_DRAFT_TOKENS = 16, ORR_BURST_CARDS = 256 };

typedef struct orr_burst_deck {
    int draft_tokens;                               /* K */
    int dealt;                                      /* cards dealt of this deck */
    double reach[ORR_MAX_DRAFT_TOKENS];             /* a_1 ... a_j */
    uint8_t cards[ORR_BURST_CARDS];
    orr_rng rng;
    const uint8_t *accepted;                        /* [accepted_count], replayed; NULL: cards */
    int64_t accepted_count, replayed;
} orr_burst_deck;

/* `acceptance` has draft_tokens entries. */
void orr_burst_init(orr_burst_deck *deck, int draft_tokens, const double *acceptance, uint64_t seed, uint64_t lane);
/* From now on counts of accepted drafts stand for the cards; `accepted` (one at least) outlives the deck. */
void orr_burst_replay(orr_burst_deck *deck, const uint8_t *accepted, int64_t accepted_count, int64_t first);
void orr_burst_shuffle(orr_burst_deck *deck);
/* A of a step that verifies `drafts` of each request. */
static inline int64_t orr_burst_deal(orr_burst_deck *deck, int drafts)
{
    if (drafts == 0) return 1;
    if (deck->accepted != NULL) {
        if (deck->replayed == deck->accepted_count) deck->replayed = 0;
        const int64_t accepted = deck->accepted[deck->replayed++];
        return 1 + (accepted < drafts ? accepted : drafts);
    }
    if (deck->dealt == ORR_BURST_CARDS) orr_burst_shuffle(deck);
    const int64_t burst = deck->cards[deck->dealt++];
    return burst <= drafts ? burst : drafts + 1;
}

#endif
