/* report.html: the page built from web/ with the results inside it, in a <script type="application/json"> block. One file that opens offline.
 *
 * Invariant: no text of the results can end the block or start another state of the HTML parser: every '<' inside the data is written as \u003c, which JSON reads back as '<'. */
#ifndef ORR_REPORT_REPORT_HTML_H
#define ORR_REPORT_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

#define ORR_REPORT_PLACEHOLDER "@ORRERY_RESULTS_JSON@"

/* The embedded page; NULL when this build has none (make WEB=0). */
const char *orr_report_template(size_t *length_bytes);
/* Writes `page` with its placeholder replaced by the JSON text; false when the page has none. */
bool orr_report_fill(const char *page, size_t page_length_bytes, const char *json, size_t json_length_bytes, orr_text *out);
/* Both; false (and nothing written) when this build has no page. */
bool orr_report_write_html(const char *json, size_t json_length_bytes, orr_text *out);

#endif
