#include "drive/tier_links.h"

#include "base/panic.h"

static const int64_t UB_PER_BYTE = 1000000;

int orr_flows_add_link(orr_flows *flows, int64_t capacity_kb_per_s)
{
    ORR_INVARIANT(capacity_kb_per_s >= 1);
    orr_vec_push(&flows->links, (orr_shared_link){.capacity_kb_per_s = capacity_kb_per_s});
    return (int)flows->links.count - 1;
}

void orr_flows_free(orr_flows *flows)
{
    orr_vec_free(&flows->flows);
    orr_vec_free(&flows->links);
    *flows = (orr_flows){0};
}

/* The link that is full first when all that are still growing grow alike; -1: nobody grows. */
static int tightest(const orr_flows *flows)
{
    int best = -1;
    for (size_t i = 0; i < flows->links.count; i++) {
        const orr_shared_link *link = &flows->links.items[i];
        if (link->active == 0) continue;
        const orr_shared_link *other = best >= 0 ? &flows->links.items[best] : NULL;
        if (other == NULL || link->left_kb_per_s / link->active < other->left_kb_per_s / other->active) best = (int)i;
    }
    return best;
}

static bool crosses(const orr_flow *flow, int link)
{
    for (int k = 0; k < flow->crossed_count; k++) if (flow->crossed[k] == link) return true;
    return false;
}

static void share(orr_flows *flows)
{
    flows->stale = false;
    for (size_t i = 0; i < flows->links.count; i++) {
        flows->links.items[i].left_kb_per_s = flows->links.items[i].capacity_kb_per_s;
        flows->links.items[i].active = 0;
    }
    for (size_t f = 0; f < flows->flows.count; f++) {
        orr_flow *flow = &flows->flows.items[f];
        flow->rate_kb_per_s = 0;
        for (int k = 0; k < flow->crossed_count; k++) flows->links.items[flow->crossed[k]].active++;
    }
    for (int full; (full = tightest(flows)) >= 0;) {
        const int64_t portion = flows->links.items[full].left_kb_per_s / flows->links.items[full].active, rate = portion > 0 ? portion : 1;
        for (size_t f = 0; f < flows->flows.count; f++) {
            orr_flow *flow = &flows->flows.items[f];
            if (flow->rate_kb_per_s > 0 || !crosses(flow, full)) continue;
            flow->rate_kb_per_s = rate;
            for (int k = 0; k < flow->crossed_count; k++) {
                orr_shared_link *link = &flows->links.items[flow->crossed[k]];
                link->active--;
                link->left_kb_per_s = link->left_kb_per_s > rate ? link->left_kb_per_s - rate : 0;
            }
        }
    }
}

static void advance(orr_flows *flows, int64_t now_ns)
{
    const int64_t passed_ns = now_ns - flows->now_ns;
    if (passed_ns == 0) return;
    ORR_INVARIANT(passed_ns > 0);
    flows->now_ns = now_ns;
    if (flows->flows.count == 0) return;
    if (flows->stale) share(flows);
    for (size_t i = 0; i < flows->links.count; i++) flows->links.items[i].active = 0;
    for (size_t f = 0; f < flows->flows.count; f++) {
        orr_flow *flow = &flows->flows.items[f];
        const int64_t most = flow->left_ub / flow->rate_kb_per_s, moved = passed_ns > most ? flow->left_ub : flow->rate_kb_per_s * passed_ns;
        flow->left_ub -= moved;
        for (int k = 0; k < flow->crossed_count; k++) {
            flows->links.items[flow->crossed[k]].carried_bytes += (double)moved / (double)UB_PER_BYTE;
            flows->links.items[flow->crossed[k]].active = 1;
        }
    }
    for (size_t i = 0; i < flows->links.count; i++) if (flows->links.items[i].active) flows->links.items[i].busy_ns += passed_ns;
}

void orr_flows_begin(orr_flows *flows, int64_t now_ns, uint32_t tag, const int *crossed, int crossed_count, int64_t bytes)
{
    ORR_INVARIANT(bytes > 0 && bytes <= INT64_MAX / UB_PER_BYTE && crossed_count >= 1 && crossed_count <= ORR_MOST_CROSSED);
    advance(flows, now_ns);
    orr_flow flow = {.left_ub = bytes * UB_PER_BYTE, .order = flows->next_order++, .tag = tag, .crossed_count = crossed_count};
    for (int k = 0; k < crossed_count; k++) flow.crossed[k] = crossed[k];
    orr_vec_push(&flows->flows, flow);
    flows->stale = true;
}

bool orr_flows_extend(orr_flows *flows, int64_t now_ns, uint32_t tag, int64_t bytes)
{
    ORR_INVARIANT(bytes > 0 && bytes <= INT64_MAX / UB_PER_BYTE);
    advance(flows, now_ns);
    for (size_t f = 0; f < flows->flows.count; f++) {
        orr_flow *flow = &flows->flows.items[f];
        if (flow->tag != tag || bytes > (INT64_MAX - flow->left_ub) / UB_PER_BYTE) continue;
        flow->left_ub += bytes * UB_PER_BYTE;
        return true;
    }
    return false;
}

int64_t orr_flows_next_ns(orr_flows *flows)
{
    if (flows->stale) share(flows);
    int64_t next_ns = INT64_MAX;
    for (size_t f = 0; f < flows->flows.count; f++) {
        const orr_flow *flow = &flows->flows.items[f];
        const int64_t end_ns = flows->now_ns + (flow->left_ub + flow->rate_kb_per_s - 1) / flow->rate_kb_per_s;
        if (end_ns < next_ns) next_ns = end_ns;
    }
    return next_ns;
}

bool orr_flows_take_ended(orr_flows *flows, int64_t now_ns, uint32_t *tag)
{
    advance(flows, now_ns);
    for (size_t f = 0; f < flows->flows.count; f++) {
        if (flows->flows.items[f].left_ub > 0) continue;
        *tag = flows->flows.items[f].tag;
        for (size_t g = f + 1; g < flows->flows.count; g++) flows->flows.items[g - 1] = flows->flows.items[g];
        flows->flows.count--;
        flows->stale = true;
        return true;
    }
    return false;
}

int64_t orr_flows_on_link(const orr_flows *flows, int link)
{
    int64_t count = 0;
    for (size_t f = 0; f < flows->flows.count; f++) count += crosses(&flows->flows.items[f], link);
    return count;
}
