/* Fair between tenants: the tenant who was served least goes first, with the first of its line; what it was served is counted by tenants.h (VTC: Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024):
 *     W = input_weight x input tokens at admission + output_weight x tokens generated
 * Who comes back after having nothing in line is lifted to the least W of those in line (else to that of who left the line last), so that nobody saves up service; at equal W the lower number goes.
 * O(tenants in line) a step that may admit, O(1) otherwise. Law: between two tenants who both have somebody in line all the time, |dW_a - dW_b| <= 2 max(input_weight x longest input, output_weight x tokens the cache holds). */
#include "serve/queue.h"

static void enter(orr_queue *queue, orr_request_index index, const orr_request *request, bool again)
{
    orr_tenant_line *line = orr_queue_tenant_line(queue, request->tenant);
    if (line->line.first == ORR_NO_REQUEST) {
        if (!again) {
            int64_t least = queue->last_tenant >= 0 && queue->waiting_tenants.count == 0 ? orr_tenants_service(queue->tenants, queue->last_tenant) : INT64_MIN;
            for (size_t i = 0; i < queue->waiting_tenants.count; i++) {
                const int64_t service = orr_tenants_service(queue->tenants, queue->waiting_tenants.items[i]);
                if (i == 0 || service < least) least = service;
            }
            orr_tenants_lift(queue->tenants, request->tenant, least);
        }
        line->place = queue->waiting_tenants.count;
        orr_vec_push(&queue->waiting_tenants, request->tenant);
    }
    orr_queue_line_add(queue, &line->line, index, again && !queue->again_last);
}

static orr_request_index first(const orr_queue *queue)
{
    int32_t least = queue->waiting_tenants.items[0];
    int64_t least_service = orr_tenants_service(queue->tenants, least);
    for (size_t i = 1; i < queue->waiting_tenants.count; i++) {
        const int32_t tenant = queue->waiting_tenants.items[i];
        const int64_t service = orr_tenants_service(queue->tenants, tenant);
        if (service > least_service || (service == least_service && tenant > least)) continue;
        least = tenant;
        least_service = service;
    }
    return queue->tenant_lines.items[least].line.first;
}

static void leave(orr_queue *queue, orr_request_index index, const orr_request *request)
{
    orr_tenant_line *line = &queue->tenant_lines.items[request->tenant];
    orr_queue_line_remove(queue, &line->line, index);
    if (line->line.first != ORR_NO_REQUEST) return;
    const int32_t moved = queue->waiting_tenants.items[--queue->waiting_tenants.count];
    queue->waiting_tenants.items[line->place] = moved;
    queue->tenant_lines.items[moved].place = line->place;
    queue->last_tenant = request->tenant;
}

const orr_queue_policy orr_queue_fair = {.name = "fair", .enter = enter, .first = first, .leave = leave};
