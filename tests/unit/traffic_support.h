/* What the tests of traffic share: traces from text, streams as arrays, diagnostics as text. */
#ifndef ORR_TESTS_TRAFFIC_SUPPORT_H
#define ORR_TESTS_TRAFFIC_SUPPORT_H

#include "base/text.h"
#include "base/vec.h"
#include "traffic/source.h"

#define ORR_TEST_TRACES "../shared/data/traces/"

typedef struct orr_test_requests { ORR_VEC(orr_arrival) items; ORR_VEC(orr_segment) segments; bool failed; char *diagnostics; } orr_test_requests;   /* arrivals' segments point into `segments` */

/* Writes the text to build/tmp/NAME (gzip when it ends in .gz) and returns that path (static). */
const char *orr_test_file(const char *name, const char *text);
/* Reads the whole source, `limit` requests at most. diagnostics: as rendered, "" when none. */
orr_test_requests orr_test_read(const orr_traffic *traffic, uint64_t seed, size_t limit);
/* The same of a trace at its own times. */
orr_test_requests orr_test_read_trace(const char *path, orr_trace_format format);
void orr_test_requests_free(orr_test_requests *requests);
bool orr_test_skip_unless(const char *path);    /* true (and says so) when the file is not there */

#endif
