/* What a sweep is told in words: yardsticks, shards. */
#include <stdio.h>
#include "ask/ask.h"

bool orr_ask_read_against(const char *const *words, size_t count, orr_sweep_search *search, orr_diags *diags)
{
    for (size_t i = 0; i < count; i++) {
        int by = 0;
        while (by < ORR_BY_COUNT_ && !orr_text_equal(words[i], orr_yardstick_key((orr_yardstick)by))) by++;
        if (by == ORR_BY_COUNT_ || search->against_count == ORR_MOST_LOSSES - 1) {
            orr_diag_hint(by < ORR_BY_COUNT_ ? orr_diag_error(diags, (orr_place){0}, "--against: more than %d", ORR_MOST_LOSSES - 1) : orr_diag_error(diags, (orr_place){0}, "--against %s: nothing that is known", words[i]),
                          "It takes: cost, energy, tokens_per_mw, gpus, tokens_per_gpu, tpot, ttft.");
            return false;
        }
        search->against[search->against_count++] = (orr_yardstick)by;
    }
    return true;
}

/* "2/8" */
bool orr_ask_read_shard(const char *text, size_t *shard, size_t *count, orr_diags *diags)
{
    char rest;
    *shard = *count = 0;
    if (!text) return true;
    if (sscanf(text, "%zu/%zu%c", shard, count, &rest) == 2 && *shard >= 1 && *shard <= *count && *count <= 1000000 && text[0] >= '0' && text[0] <= '9') return true;
    orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "--shard %s: it takes I/N, I from 1 to N", text), "Of an array of eight jobs the second: --shard 2/8.");
    return false;
}
