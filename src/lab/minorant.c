/* The lower convex hull of a monotone time (minorant.h has the argument). */
#include "lab/minorant.h"

#include "base/math.h"

double orr_dense_ns(const orr_perf *perf, int64_t tokens)
{
    orr_cost cost = {0};
    orr_perf_least_dense(perf, tokens, &cost);
    return cost.time_ns;
}

double orr_logits_ns(const orr_perf *perf, int64_t tokens)
{
    orr_cost cost = {0};
    orr_perf_logits(perf, tokens, &cost);
    return cost.time_ns;
}

/* Every count up to 64, then multiples of 16 (the smallest tile of rows) up to 2,048, then of 64 (larger tiles are best there), ever sparser from 16,384 on: some hundred in all. */
static int64_t next_sample(int64_t tokens)
{
    if (tokens < 64) return tokens + 1;
    int64_t stride = tokens < 2048 ? 16 : 64;
    for (int64_t reach = 16384; tokens >= reach; reach *= 2) stride *= 2;
    return (tokens / stride + 1) * stride;
}

void orr_minorant_make(orr_minorant *m, orr_tokens_ns_fn *time_ns, const orr_perf *perf, int64_t most)
{
    m->count = 0;
    for (int64_t before = 0, tokens = 1;; before = tokens, tokens = orr_min_i64(next_sample(tokens), most)) {
        const double x = (double)tokens, y = time_ns(perf, before + 1);
        while (m->count >= 2) {       /* the last vertex goes when it lies above the line from the one before to the new point */
            const double x1 = m->tokens[m->count - 2], y1 = m->ns[m->count - 2], x2 = m->tokens[m->count - 1], y2 = m->ns[m->count - 1];
            if ((y2 - y1) * (x - x1) < (y - y1) * (x2 - x1)) break;
            m->count--;
        }
        m->tokens[m->count] = x;
        m->ns[m->count++] = y;
        if (tokens >= most || m->count == ORR_MINORANT_VERTICES_MAX) return;
    }
}

const orr_minorant *orr_hulls_get(orr_hulls *hulls, orr_tokens_ns_fn *time_ns, const orr_perf *perf, int64_t most)
{
    for (int i = 0; i < hulls->count; i++)
        if (hulls->kept[i].time_ns == time_ns && hulls->kept[i].perf == perf && hulls->kept[i].most == most) return hulls->kept[i].hull;
    orr_minorant *hull = ORR_NEW(hulls->arena, orr_minorant);
    orr_minorant_make(hull, time_ns, perf, most);
    if (hulls->count < ORR_HULLS_MOST) {
        hulls->kept[hulls->count].time_ns = time_ns;
        hulls->kept[hulls->count].perf = perf;
        hulls->kept[hulls->count].most = most;
        hulls->kept[hulls->count++].hull = hull;
    }
    return hull;
}

double orr_minorant_ns(const orr_minorant *m, double tokens)
{
    for (int i = 1; i < m->count; i++) {
        const double x0 = m->tokens[i - 1], y0 = m->ns[i - 1], x1 = m->tokens[i], y1 = m->ns[i];
        if (tokens <= x1) return y0 + (y1 - y0) * (tokens - x0) / (x1 - x0);
    }
    return m->ns[m->count - 1];
}

/* On a segment the ratio is monotone, so vertices and the end decide. */
double orr_minorant_least_per_token_ns(const orr_minorant *m, double most)
{
    double least = m->ns[0] / orr_min(most, m->tokens[0]);
    for (int i = 1; i < m->count; i++) {
        if (m->tokens[i - 1] >= most) break;
        const double x = orr_min(m->tokens[i], most);
        least = orr_min(least, orr_minorant_ns(m, x) / x);
    }
    return least;
}
