#include "app/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/json.h"

#define TERMINAL_EVERY_S 0.1
#define LINES_EVERY_S 1.0
enum { BAR_CELLS = 24 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

orr_progress orr_progress_begin(const char *verb, const char *unit)
{
    const double begun_s = now_s();
    return (orr_progress){.verb = verb, .unit = unit, .terminal = isatty(STDERR_FILENO) != 0, .begun_s = begun_s, .shown_s = begun_s};
}

static void draw(size_t done, size_t total, size_t simulated, const char *unit, double elapsed_s, const char *note)
{
    const size_t cells = total > 0 ? done * BAR_CELLS / total : 0;
    char bar[BAR_CELLS + 1];
    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', cells < BAR_CELLS ? cells : BAR_CELLS);
    bar[BAR_CELLS] = '\0';
    fprintf(stderr, "\r\033[K[%s] %zu/%zu %s, %zu runs, %.0f s%s%.80s", bar, done, total, unit, simulated, elapsed_s, note ? "  best: " : "", note ? note : "");
}

static void write_line(const orr_progress *progress, size_t done, size_t total, size_t simulated, double elapsed_s, const char *note)
{
    orr_text text = {0};
    orr_json json = orr_json_begin(&text, false);
    orr_json_object(&json);
    orr_json_put_string(&json, "event", "progress");
    orr_json_put_string(&json, "verb", progress->verb);
    orr_json_put_int(&json, "done", (int64_t)done);
    orr_json_put_int(&json, "total", (int64_t)total);
    orr_json_put_int(&json, "simulated", (int64_t)simulated);
    orr_json_put_double(&json, "elapsed_s", (double)(long)(elapsed_s * 1000) / 1000);
    orr_json_put_string(&json, "best", note);
    orr_json_object_end(&json);
    fprintf(stderr, "%s\n", text.bytes);
    orr_text_free(&text);
}

void orr_progress_show(orr_progress *progress, size_t done, size_t total, size_t simulated, const char *note)
{
    const double now = now_s();
    if (now - progress->shown_s < (progress->terminal ? TERMINAL_EVERY_S : LINES_EVERY_S)) return;
    progress->shown_s = now;
    progress->drawn = true;
    if (progress->terminal) draw(done, total, simulated, progress->unit, now - progress->begun_s, note);
    else write_line(progress, done, total, simulated, now - progress->begun_s, note);
}

void orr_progress_end(orr_progress *progress)
{
    if (progress->terminal && progress->drawn) fputs("\r\033[K", stderr);
}
