#include "drive/exec_afd.h"

#include <string.h>

#include "base/mem.h"

struct orr_exec_afd { const orr_perf *perf; int64_t count; orr_afd_dense **decode_only; /* by tokens; NULL until asked for */ orr_afd_dense mixed; };

orr_exec_afd *orr_exec_afd_create(const orr_perf *perf, int64_t most_decode_tokens)
{
    if (orr_perf_ffn(perf) == NULL) return NULL;
    orr_exec_afd *afd = orr_mem_resize(NULL, sizeof *afd);
    *afd = (orr_exec_afd){.perf = perf, .count = most_decode_tokens + 1};
    afd->decode_only = orr_mem_resize(NULL, (size_t)afd->count * sizeof(orr_afd_dense *));
    for (int64_t i = 0; i < afd->count; i++) afd->decode_only[i] = NULL;
    return afd;
}

void orr_exec_afd_destroy(orr_exec_afd *afd)
{
    if (afd == NULL) return;
    for (int64_t i = 0; i < afd->count; i++) orr_mem_free(afd->decode_only[i]);
    orr_mem_free(afd->decode_only);
    orr_mem_free(afd);
}

static const orr_afd_dense *dense_of(orr_exec_afd *afd, const orr_afd_pass *pass)
{
    if (pass->chunk_count > 0) {
        orr_afd_dense_of(afd->perf, pass->tokens, orr_perf_rank_tokens(afd->perf, pass->tokens - pass->chunk_tokens, pass->chunk_tokens, pass->largest_chunk_tokens), false, &afd->mixed);
        return &afd->mixed;
    }
    orr_afd_dense **entry = &afd->decode_only[pass->tokens];
    if (*entry == NULL) {
        *entry = orr_mem_resize(NULL, sizeof **entry);
        orr_afd_dense_of(afd->perf, pass->tokens, orr_perf_rank_tokens(afd->perf, pass->tokens, 0, 0), true, *entry);
    }
    return *entry;
}

static double logits_ns(const orr_afd_pass *pass) { return pass->logits != NULL ? pass->logits->time_ns : 0; }

double orr_exec_afd_decode_ns(orr_exec_afd *afd, const orr_afd_pass *pass, orr_decode_memo *memo)
{
    const orr_afd_dense *dense = dense_of(afd, pass);
    double attention_ns[ORR_LAYER_GROUPS];
    memcpy(attention_ns, dense->attention_ns, sizeof attention_ns);
    orr_add_decode_by_group(afd->perf, &pass->decode, memo, attention_ns);
    return orr_afd_times_of(afd->perf, dense, attention_ns, logits_ns(pass), NULL).device_ns;
}

orr_cost orr_exec_afd_cost(orr_exec_afd *afd, const orr_afd_pass *pass, orr_decode_memo *memo, orr_apart_totals *parts)
{
    const orr_afd_dense *dense = dense_of(afd, pass);
    double attention_ns[ORR_LAYER_GROUPS];
    orr_cost part;
    memcpy(attention_ns, dense->attention_ns, sizeof attention_ns);
    *parts = (orr_apart_totals){.attention = dense->attention, .ffn = dense->ffn, .link = dense->link};
    if (pass->logits != NULL) orr_cost_add(&parts->attention, pass->logits, 1);
    if (pass->decode.count > 0) {
        orr_perf_decode_attention_again(afd->perf, &pass->decode, memo, &part);
        orr_cost_add(&parts->attention, &part, 1);
        orr_add_decode_by_group(afd->perf, &pass->decode, memo, attention_ns);
    }
    if (pass->chunk_count > 0) {
        part = (orr_cost){0};
        orr_afd_add_chunks(afd->perf, pass->chunks, pass->chunk_count, attention_ns, &part);
        orr_cost_add(&parts->attention, &part, 1);
    }
    const orr_afd_times times = orr_afd_times_of(afd->perf, dense, attention_ns, logits_ns(pass), NULL);
    parts->step_ns = times.device_ns;
    memcpy(parts->busy_ns, times.busy_ns, sizeof parts->busy_ns);
    orr_cost all = parts->attention;
    all.time_ns = times.device_ns;
    const orr_cost *others[] = {&parts->ffn, &parts->link};
    for (int i = 0; i < 2; i++) {
        all.flop += others[i]->flop;
        all.memory_bytes += others[i]->memory_bytes;
        all.link_bytes += others[i]->link_bytes;
        all.energy_j += others[i]->energy_j;
    }
    return all;
}
