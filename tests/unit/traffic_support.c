#include "traffic_support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "base/file.h"

const char *orr_test_file(const char *name, const char *text)
{
    static char path[256];
    mkdir("build", 0777);
    mkdir("build/tmp", 0777);
    snprintf(path, sizeof path, "build/tmp/%s", name);
    if (orr_text_ends_with(name, ".gz")) {
        gzFile file = gzopen(path, "wb");
        gzwrite(file, text, (unsigned)strlen(text));
        gzclose(file);
    } else {
        FILE *file = fopen(path, "wb");
        fwrite(text, 1, strlen(text), file);
        fclose(file);
    }
    return path;
}

static char *render(const orr_diags *diags)
{
    orr_text text = {0};
    orr_text_append(&text, "");
    orr_diags_render(diags, false, &text);
    char *copy = orr_mem_resize(NULL, text.length_bytes + 1);
    memcpy(copy, text.length_bytes ? text.bytes : "", text.length_bytes + 1);
    orr_text_free(&text);
    return copy;
}

orr_test_requests orr_test_read(const orr_traffic *traffic, uint64_t seed, size_t limit)
{
    orr_test_requests requests = {0};
    orr_diags *diags = orr_diags_create();
    orr_source_stream *source = orr_source_open(traffic, seed, diags);
    orr_arrival arrival = {0};
    while (source && requests.items.count < limit && orr_source_next(source, &arrival)) {
        for (int i = 0; i < arrival.segment_count; i++) orr_vec_push(&requests.segments, arrival.segments[i]);
        orr_vec_push(&requests.items, arrival);
    }
    requests.failed = !source || orr_source_failed(source);
    size_t at = 0;
    for (size_t i = 0; i < requests.items.count; i++) {
        requests.items.items[i].segments = requests.segments.count ? requests.segments.items + at : NULL;
        at += (size_t)requests.items.items[i].segment_count;
    }
    orr_source_close(source);
    requests.diagnostics = render(diags);
    orr_diags_destroy(diags);
    return requests;
}

orr_test_requests orr_test_read_trace(const char *path, orr_trace_format format)
{
    const orr_traffic traffic = {.source = path, .kind = ORR_SOURCE_TRACE, .trace_format = format, .load = ORR_LOAD_TRACE_TIMES, .time_scale = 1};
    return orr_test_read(&traffic, 1, SIZE_MAX);
}

void orr_test_requests_free(orr_test_requests *requests)
{
    orr_vec_free(&requests->items);
    orr_vec_free(&requests->segments);
    orr_mem_free(requests->diagnostics);
}

bool orr_test_skip_unless(const char *path)
{
    if (orr_file_exists(path)) return false;
    printf("SKIPPED: %s is not there\n", path);
    return true;
}
