#include "trace_input.h"

ORR_FUZZ_TRACE(ORR_TRACE_AIPERF)
