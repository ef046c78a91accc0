#include "report/report_html.h"

#include <string.h>
#include "base/embedded.h"

const char *orr_report_template(size_t *length_bytes)
{
    for (size_t i = 0; i < orr_embedded_file_count; i++) {
        const orr_embedded_file *file = &orr_embedded_files[i];
        if (!orr_text_equal(file->path, "web/dist/report.html")) continue;
        *length_bytes = file->length_bytes;
        return file->bytes;
    }
    return NULL;
}

static void append_escaped(const char *json, size_t length_bytes, orr_text *out)
{
    const char *const end = json + length_bytes;
    while (json < end) {
        const char *next = memchr(json, '<', (size_t)(end - json));
        orr_text_append_bytes(out, json, (size_t)((next ? next : end) - json));
        if (!next) return;
        orr_text_append(out, "\\u003c");
        json = next + 1;
    }
}

bool orr_report_fill(const char *page, size_t page_length_bytes, const char *json, size_t json_length_bytes, orr_text *out)
{
    const size_t length = strlen(ORR_REPORT_PLACEHOLDER);
    for (const char *at = page; at && (size_t)(at - page) + length <= page_length_bytes; at++) {
        at = memchr(at, ORR_REPORT_PLACEHOLDER[0], page_length_bytes - (size_t)(at - page) - length + 1);
        if (!at) return false;
        if (memcmp(at, ORR_REPORT_PLACEHOLDER, length) != 0) continue;
        orr_text_append_bytes(out, page, (size_t)(at - page));
        append_escaped(json, json_length_bytes, out);
        orr_text_append_bytes(out, at + length, page_length_bytes - (size_t)(at - page) - length);
        return true;
    }
    return false;
}

bool orr_report_write_html(const char *json, size_t json_length_bytes, orr_text *out)
{
    size_t length_bytes = 0;
    const char *page = orr_report_template(&length_bytes);
    return page && orr_report_fill(page, length_bytes, json, json_length_bytes, out);
}
