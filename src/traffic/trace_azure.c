/* Azure LLM inference 2023 and 2024 (CSV): TIMESTAMP, ContextTokens, GeneratedTokens.
 *
 * A stamp is "2023-11-16 18:17:03.9799600", with fractions of up to 9 digits (7 in 2023, 6 in 2024), a T in place of the blank, and an offset such as +00:00 or Z at choice.
 * Lines may end in CRLF. Source: github.com/Azure/AzurePublicDataset, CC-BY 4.0. */
#include "traffic/trace_csv.h"

static const char *const columns[] = {"TIMESTAMP", "ContextTokens", "GeneratedTokens"};

static bool azure_detect(const char *line) { return orr_csv_has_columns(line, columns, 3); }
static bool azure_begin(orr_trace *trace) { return orr_csv_begin(trace, columns, 3); }

typedef struct cursor { const char *at, *end; } cursor;

static bool take_digits(cursor *c, int count, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (c->at == c->end || *c->at < '0' || *c->at > '9') return false;
        *value = *value * 10 + (*c->at++ - '0');
    }
    return true;
}

static bool take(cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar: years are counted from March, so that the leap day comes last. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2) year--;
    const int64_t month_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static bool take_fraction(cursor *c, int64_t *fraction_ns)
{
    *fraction_ns = 0;
    if (!take(c, '.')) return true;
    int64_t unit = 100000000;
    const char *begin = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10) *fraction_ns += (*c->at - '0') * unit;
    return c->at > begin;
}

static bool take_offset(cursor *c, int64_t *offset_s)
{
    *offset_s = 0;
    if (c->at == c->end || take(c, 'Z')) return true;
    const bool west = take(c, '-');
    int64_t hours = 0, minutes = 0;
    if (!west && !take(c, '+')) return false;
    if (!take_digits(c, 2, &hours)) return false;
    take(c, ':');
    if (c->at < c->end && !take_digits(c, 2, &minutes)) return false;
    *offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static bool read_stamp(const orr_csv_field *field, int64_t *time_ns)
{
    cursor c = {field->text, field->text + field->length};
    int64_t year, month, day, hour, minute, second, fraction_ns, offset_s;
    if (!take_digits(&c, 4, &year) || !take(&c, '-') || !take_digits(&c, 2, &month) || !take(&c, '-') || !take_digits(&c, 2, &day)) return false;
    if (!take(&c, ' ') && !take(&c, 'T')) return false;
    if (!take_digits(&c, 2, &hour) || !take(&c, ':') || !take_digits(&c, 2, &minute) || !take(&c, ':') || !take_digits(&c, 2, &second)) return false;
    if (!take_fraction(&c, &fraction_ns) || !take_offset(&c, &offset_s) || c.at != c.end) return false;
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return false;
    const int64_t seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    *time_ns = seconds * 1000000000 + fraction_ns;
    return true;
}

static bool azure_next(orr_trace *trace, orr_trace_record *record)
{
    orr_csv_field values[3];
    if (!orr_csv_next(trace, values, 3)) return false;
    if (!read_stamp(&values[0], &record->time_ns))
        return orr_trace_error(trace, values[0].column, values[0].length, NULL, "%s: a time such as \"2023-11-16 18:17:03.9799600\" was expected, not \"%.*s\"", columns[0],
                               (int)(values[0].length < 60 ? values[0].length : 60), values[0].text);
    return orr_csv_tokens(trace, &values[1], columns[1], &record->input_tokens) && orr_csv_tokens(trace, &values[2], columns[2], &record->output_tokens);
}

const orr_trace_reader orr_trace_azure = {
    .format = ORR_TRACE_AZURE, .title = "Azure LLM inference", .has_times = true, .time_name = "TIMESTAMP", .begin = azure_begin, .next = azure_next, .detect = azure_detect};
