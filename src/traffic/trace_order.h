/* Records of a trace that stand nearly in order of time, put in order as far as a window of them reaches: a heap of so many. Memory is that window. */
#ifndef ORR_TRAFFIC_TRACE_ORDER_H
#define ORR_TRAFFIC_TRACE_ORDER_H

#include "base/vec.h"
#include "traffic/trace_format.h"

enum { ORR_TRACE_WINDOW = 1 << 16 };

typedef struct orr_trace_order { ORR_VEC(orr_trace_record) heap; uint64_t next_sequence; bool dry; } orr_trace_order;

/* The earliest of what the window holds, which is filled from the reader first; false at the end or when broken. No segments: formats that have them are in order. */
bool orr_trace_order_next(orr_trace_order *order, orr_trace *trace, orr_trace_record *record);

#endif
