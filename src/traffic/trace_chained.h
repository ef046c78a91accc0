/* Records whose prompts are chained blocks: what Mooncake and Bailian have in common. */
#ifndef ORR_TRAFFIC_TRACE_CHAINED_H
#define ORR_TRAFFIC_TRACE_CHAINED_H

#include "traffic/trace_format.h"

/* "timestamp" in units of unit_ns, "input_length", "output_length", "hash_ids" of blocks of so many tokens; and "chat_id" and "parent_chat_id". */
typedef struct orr_chained_format { double unit_ns; int64_t block_tokens; bool has_chats; } orr_chained_format;
/* The next line; false at the end or when reported. chats: of this record and its parent, where the format has them. */
bool orr_trace_chained_next(orr_trace *trace, const orr_chained_format *format, orr_trace_record *record, int64_t chats[2]);

#endif
