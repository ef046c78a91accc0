/* A file's head, line by line. What is read here is the plainest YAML: a key at the beginning of a line, its value on the same line, plain or in quotes without escapes; aliases as [a, 'b', "c"].
 * Everything else is left to the parser, so that both give the same (a test compares them over the whole catalogue). */
#include "spec/catalogue_head.h"

#include <string.h>
#include "base/text.h"

static bool is_plain_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

static const char *skip_spaces(const char *at)
{
    while (*at == ' ') at++;
    return at;
}

/* The scalar at `*at`, which is moved behind it; `ends` are the characters that end a plain one. NULL: left to the parser. */
static const char *read_scalar(orr_arena *arena, const char **at, const char *ends)
{
    const char *first = *at, *last;
    if (*first == '\'' || *first == '"') {
        last = first + 1 + strcspn(first + 1, *first == '"' ? "\"\\\n" : "'\n");
        if (*last != *first || last[1] == *first) return NULL;
        *at = last + 1;
        return orr_arena_strndup(arena, first + 1, (size_t)(last - first - 1));
    }
    if (!is_plain_start(*first)) return NULL;
    *at = last = first + strcspn(first, ends);
    while (last > first && last[-1] == ' ') last--;
    const char *text = orr_arena_strndup(arena, first, (size_t)(last - first));
    return strstr(text, ": ") || strstr(text, " #") || orr_text_ends_with(text, ":") || orr_text_equal_ignoring_case(text, "null") ? NULL : text;
}

/* Nothing more on the line, and no line that goes on with it. */
static bool ends_line(const char *at)
{
    at = skip_spaces(at);
    return *at == '\0' || (*at == '\n' && at[1] != ' ' && at[1] != '\t');
}

static bool read_text(orr_arena *arena, const char *at, const char **text)
{
    *text = read_scalar(arena, &at, "\n");
    return *text && ends_line(at);
}

static bool read_aliases(orr_arena *arena, const char *at, orr_catalogue_head *head)
{
    if (*at != '[') return false;
    size_t room = 1;
    for (const char *c = at; *c && *c != '\n'; c++) room += *c == ',';
    head->aliases = ORR_NEW_ARRAY(arena, const char *, room);
    for (at = skip_spaces(at + 1); *at != ']'; at = skip_spaces(at)) {
        const char *alias = read_scalar(arena, &at, ",[]{}\n");
        at = skip_spaces(at);
        if (!alias || (*at != ',' && *at != ']')) return false;
        head->aliases[head->alias_count++] = alias;
        if (*at == ',') at++;
    }
    return ends_line(at + 1);
}

/* Where the value of the key begins, if the line is of that key. */
static const char *value_of(const char *line, const char *key)
{
    return orr_text_starts_with(line, key) && line[strlen(key)] == ':' ? skip_spaces(line + strlen(key) + 1) : NULL;
}

bool orr_catalogue_head_read(orr_arena *arena, const char *bytes, orr_catalogue_head *head)
{
    *head = (orr_catalogue_head){0};
    for (const char *line = bytes; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *value;
        if (*line == ' ' || *line == '#') continue;
        if ((value = value_of(line, "name")) && (head->name || !read_text(arena, value, &head->name))) return false;
        if ((value = value_of(line, "title")) && (head->title || !read_text(arena, value, &head->title))) return false;
        if ((value = value_of(line, "aliases")) && (head->aliases || !read_aliases(arena, value, head))) return false;
    }
    return true;
}
