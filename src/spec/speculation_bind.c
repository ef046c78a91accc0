/* What the table of speculation can't say: the recording of accepted drafts is read, thresholds rise, depths are whole.
 *
 * A recording is CSV: a head that names the column `accepted` (others may stand beside), then a line for each drafting step, in order; whole requests one after the other, or steps as they came. Empty lines and lines that begin
 * with # are passed over. A count above `tokens` is cut to it when it is replayed: deeper drafts were verified there. The chance of position j is, of the steps that accepted j drafts at least, the share that accepted j + 1:
 * a recording of exactly K drafts a step gives that of each position without bias. */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "spec/study_internal.h"

enum { MOST_COUNT = 255, MOST_CELL_BYTES = 64 };

typedef struct cell { const char *text; size_t length_bytes; } cell;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The cell of so many commas into the line, bare of blanks; false: there are fewer. */
static bool cell_at(const char *line, size_t length_bytes, int64_t column, cell *found)
{
    const char *end = line + length_bytes;
    for (; column > 0; column--) {
        line = memchr(line, ',', (size_t)(end - line));
        if (line == NULL) return false;
        line++;
    }
    const char *stop = memchr(line, ',', (size_t)(end - line));
    if (stop == NULL) stop = end;
    while (line < stop && is_blank(*line)) line++;
    while (stop > line && is_blank(stop[-1])) stop--;
    *found = (cell){line, (size_t)(stop - line)};
    return true;
}

static orr_place place_in(const orr_source *source, size_t line, const char *begin, const cell *at)
{
    return (orr_place){source, (uint32_t)line, (uint32_t)(at->text - begin) + 1, (uint32_t)at->length_bytes};
}

static int64_t column_called(const char *line, size_t length_bytes, const char *name)
{
    cell c;
    for (int64_t column = 0; cell_at(line, length_bytes, column, &c); column++)
        if (c.length_bytes == strlen(name) && memcmp(c.text, name, c.length_bytes) == 0) return column;
    return -1;
}

/* A whole number of drafts; -1: it is none. */
static int count_of(const cell *c)
{
    if (c->length_bytes == 0 || c->length_bytes > 3) return -1;
    int value = 0;
    for (size_t i = 0; i < c->length_bytes; i++) {
        if (c->text[i] < '0' || c->text[i] > '9') return -1;
        value = 10 * value + (c->text[i] - '0');
    }
    return value <= MOST_COUNT ? value : -1;
}

static const char hint[] = "A recording is CSV: a head with a column `accepted`, then how many drafts were accepted in each step that drafted, a line each.";

typedef ORR_VEC(uint8_t) counts;

/* False: reported. */
static bool read_counts(orr_binder *binder, const orr_source *source, counts *all)
{
    int64_t column = -1;
    size_t number = 0;
    for (const char *line = source->bytes, *end = line + source->length_bytes, *next; line < end; line = next) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        next = stop ? stop + 1 : end;
        const size_t length_bytes = (size_t)((stop ? stop : end) - line);
        number++;
        cell c;
        cell_at(line, length_bytes, 0, &c);
        if (*line == '#' || (c.length_bytes == 0 && memchr(line, ',', length_bytes) == NULL)) continue;
        if (column < 0) {
            column = column_called(line, length_bytes, "accepted");
            if (column >= 0) continue;
            orr_diag_hint(orr_diag_error(binder->diags, place_in(source, number, line, &c), "the head names no column `accepted`"), "%s", hint);
            return false;
        }
        if (!cell_at(line, length_bytes, column, &c)) {
            orr_diag_hint(orr_diag_error(binder->diags, (orr_place){source, (uint32_t)number, (uint32_t)length_bytes + 1, 0}, "the line has no column `accepted`: the head has it behind %" PRId64 " comma%s", column, column == 1 ? "" : "s"), "%s", hint);
            return false;
        }
        const int count = count_of(&c);
        if (count < 0) {
            orr_diag_hint(orr_diag_error(binder->diags, place_in(source, number, line, &c), "\"%.*s\" is not a number of accepted drafts", (int)(c.length_bytes < MOST_CELL_BYTES ? c.length_bytes : MOST_CELL_BYTES), c.text), "It is a whole number, 0 to %d.", MOST_COUNT);
            return false;
        }
        orr_vec_push(all, (uint8_t)count);
    }
    if (all->count > 0) return true;
    orr_diag_hint(orr_diag_error(binder->diags, (orr_place){source, 1, 1, 0}, "no step is recorded here"), "%s", hint);
    return false;
}

static void know_chances(orr_acceptance_trace *trace)
{
    int64_t reached[ORR_MAX_DRAFTS + 1] = {0};
    for (int64_t i = 0; i < trace->count; i++)
        for (int j = 0; j <= ORR_MAX_DRAFTS && j <= trace->accepted[i]; j++) reached[j]++;
    for (int j = 0; j < ORR_MAX_DRAFTS; j++) trace->values[j] = reached[j] > 0 ? (double)reached[j + 1] / (double)reached[j] : 0;
}

static bool read_trace(orr_binder *binder, orr_speculation *s)
{
    orr_acceptance_trace *trace = &s->trace;
    const orr_place place = orr_binder_place(binder, "engine.speculation.acceptance_trace");
    trace->path = orr_path_beside(binder->arena, place, trace->path);
    if (s->acceptance.count > 0) {
        orr_diag *diag = orr_diag_error(binder->diags, place, "speculation has both acceptance and acceptance_trace");
        orr_diag_note(diag, orr_binder_place(binder, "engine.speculation.acceptance"), "the other is here");
        orr_diag_hint(diag, "Keep one: a recording holds its own rates. What a profile or a base brings is taken out by `acceptance: null`.");
        return false;
    }
    if (!orr_file_exists(trace->path)) {
        orr_diag_hint(orr_diag_error(binder->diags, place, "there is no file \"%s\"", trace->path), "Paths are taken from the folder of the file that names them.");
        return false;
    }
    const orr_source *source = orr_file_read(binder->arena, trace->path, binder->diags);
    counts all = {0};
    const bool good = source != NULL && read_counts(binder, source, &all);
    if (good) {
        uint8_t *kept = ORR_NEW_ARRAY(binder->arena, uint8_t, all.count);
        memcpy(kept, all.items, all.count);
        trace->accepted = kept;
        trace->count = (int64_t)all.count;
        know_chances(trace);
    }
    orr_vec_free(&all);
    return good;
}

static bool all_whole(const orr_rates *rates)
{
    for (int i = 0; i < rates->count; i++) if (rates->values[i] > (double)(int64_t)rates->values[i]) return false;
    return true;
}

static bool complain(orr_binder *binder, const char *path, const char *what, const char *way_out)
{
    orr_diag_hint(orr_diag_error(binder->diags, orr_binder_place(binder, path), "%s", what), "%s", way_out);
    return false;
}

static bool check_depth(orr_binder *binder, const orr_depth *d)
{
    static const char way_out[] = "Write depth: {policy: batch, up_to: [16, 64], drafts: [3, 1, 0]}: 3 drafts up to 16 decoding requests, 1 up to 64, none beyond.";
    if (d->policy != ORR_DEPTH_BATCH) {
        if (d->up_to.count > 0) return complain(binder, "engine.speculation.depth.up_to", "depth.up_to is for policy batch", "Write policy: batch, or take it out.");
        if (d->drafts.count > 0) return complain(binder, "engine.speculation.depth.drafts", "depth.drafts is for policy batch", "Write policy: batch, or take it out.");
        return true;
    }
    if (d->up_to.count == 0) return complain(binder, "engine.speculation.depth.policy", "depths by the batch, and no thresholds are given", way_out);
    if (d->drafts.count != d->up_to.count + 1 || d->drafts.same) return complain(binder, "engine.speculation.depth.drafts", "depth.drafts has not one number for each of depth.up_to and one for beyond", way_out);
    if (!all_whole(&d->up_to)) return complain(binder, "engine.speculation.depth.up_to", "thresholds are whole numbers of requests", way_out);
    if (!all_whole(&d->drafts)) return complain(binder, "engine.speculation.depth.drafts", "depths are whole numbers of drafts", way_out);
    bool any = false;
    for (int i = 0; i < d->drafts.count; i++) any = any || d->drafts.values[i] > 0;
    if (!any) return complain(binder, "engine.speculation.depth.drafts", "no depth drafts anything", "Write method: none, which keeps no memory for it either.");
    for (int i = 1; i < d->up_to.count; i++) if (!(d->up_to.values[i] > d->up_to.values[i - 1])) return complain(binder, "engine.speculation.depth.up_to", "thresholds do not rise", way_out);
    return true;
}

bool orr_study_bind_speculation(orr_binder *binder, orr_speculation *speculation)
{
    bool good = true;
    if (speculation->trace.path) good = read_trace(binder, speculation);
    return check_depth(binder, &speculation->depth) && good;
}
