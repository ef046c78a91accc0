#include "serve/door.h"

bool orr_door_admits(const orr_door_config *door, const orr_door_view *view, const orr_request *request)
{
    switch (door->kind) {
    case ORR_DOOR_QUEUE: return view->waiting < door->most_waiting;
    case ORR_DOOR_TOKENS: return view->tokens_in_flight + request->input_tokens <= door->most_tokens;
    case ORR_DOOR_DEADLINE:
        return request->ttft_deadline_ns == ORR_NO_DEADLINE || (double)view->now_ns + door->ns_per_token * (double)(view->waiting_tokens + request->input_tokens) <= (double)request->ttft_deadline_ns;
    case ORR_DOOR_NONE: case ORR_DOOR_COUNT_: break;
    }
    return true;
}
