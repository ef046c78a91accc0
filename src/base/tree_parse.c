/* Parsing YAML into a tree, over libyaml's events.
 *
 * Invariants: 1. places count bytes and '\n' lines of the source, whatever libyaml counts (it counts characters, and more kinds of line breaks); 2. an anchor is known
 * only once its node is complete, so no tree contains itself; 3. what is not read is an error (tags, merge keys, keys that are no text), never skipped. */
#include "base/tree_internal.h"

#include <string.h>
#include <yaml.h>
#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"

/* Where a character index lies: moves forward through the source, and starts over for an earlier one. */
typedef struct cursor { size_t index, byte; uint32_t line; size_t line_byte; } cursor;

typedef struct anchor { const char *name; orr_node *node; } anchor;    /* node NULL: not complete yet */

typedef struct parser {
    yaml_parser_t yaml;
    orr_arena *arena;
    const orr_source *source;
    orr_diags *diags;
    cursor at;
    size_t aliased_nodes;
    ORR_VEC(anchor) anchors;
} parser;

/* --- places --- */

static size_t bom_length(const orr_source *source) { return source->length_bytes >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; }

static void rewind_cursor(parser *p)
{
    size_t start = bom_length(p->source);
    p->at = (cursor){.byte = start, .line = 1, .line_byte = 0};
}

static void step_byte(cursor *at, const char *bytes)
{
    if (bytes[at->byte++] == '\n') { at->line++; at->line_byte = at->byte; }
}

static void move_cursor(parser *p, size_t index)
{
    const orr_source *source = p->source;
    if (index < p->at.index) rewind_cursor(p);
    for (; p->at.index < index && p->at.byte < source->length_bytes; p->at.index++) {
        step_byte(&p->at, source->bytes);
        while (p->at.byte < source->length_bytes && ((unsigned char)source->bytes[p->at.byte] & 0xC0) == 0x80) p->at.byte++;
    }
}

static orr_place place_here(const parser *p) { return (orr_place){p->source, p->at.line, (uint32_t)(p->at.byte - p->at.line_byte + 1), 0}; }

static orr_place place_of(parser *p, const yaml_mark_t *start, const yaml_mark_t *end)
{
    move_cursor(p, start->index);
    orr_place place = place_here(p);
    size_t from = p->at.byte;
    if (end) {
        move_cursor(p, end->index);
        place.length_bytes = (uint32_t)(p->at.byte - from);
    }
    return place;
}

static orr_place place_of_byte(parser *p, size_t byte)
{
    rewind_cursor(p);
    while (p->at.byte < byte && p->at.byte < p->source->length_bytes) step_byte(&p->at, p->source->bytes);
    orr_place place = place_here(p);
    rewind_cursor(p);
    return place;
}

/* --- errors of libyaml --- */

static void add_syntax_hint(parser *p, orr_diag *diag, orr_place place)
{
    const yaml_parser_t *yaml = &p->yaml;
    const char *byte = p->source->bytes + p->at.byte;
    (void)place;
    if (p->at.byte < p->source->length_bytes && *byte == '\t') orr_diag_hint(diag, "A tab stands here; YAML is indented by spaces.");
    else if (strstr(yaml->problem, "mapping values are not allowed")) orr_diag_hint(diag, "Put the value in quotes if it holds \": \"; else look at the indentation.");
    else if (strstr(yaml->problem, "cannot start any token")) orr_diag_hint(diag, "Put the value in quotes.");
    else if (strstr(yaml->problem, "unexpected end of stream") && yaml->context && strstr(yaml->context, "quoted")) orr_diag_hint(diag, "A closing quote is missing.");
    else if (strstr(yaml->problem, "',' or '}'") || strstr(yaml->problem, "',' or ']'")) orr_diag_hint(diag, "A comma or a closing bracket is missing.");
}

static void report_syntax(parser *p)
{
    const yaml_parser_t *yaml = &p->yaml;
    if (yaml->error == YAML_MEMORY_ERROR) {
        orr_diag_environment(p->diags, "%s: out of memory while reading YAML", p->source->name);
    } else if (yaml->error == YAML_READER_ERROR) {
        orr_place place = place_of_byte(p, yaml->problem_offset + bom_length(p->source));
        orr_diag *diag = orr_diag_error(p->diags, place, "not a YAML text: %s", yaml->problem);
        orr_diag_hint(diag, "The file is to be UTF-8 without control characters.");
    } else {
        orr_place context = place_of(p, &yaml->context_mark, NULL);
        orr_place place = place_of(p, &yaml->problem_mark, NULL);
        orr_diag *diag = orr_diag_error(p->diags, place, "not YAML: %s%s%s", yaml->problem, yaml->context ? " " : "", yaml->context ? yaml->context : "");
        if (yaml->context && (context.line != place.line || context.column != place.column)) orr_diag_note(diag, context, "it began here");
        add_syntax_hint(p, diag, place);
    }
}

static bool next_event(parser *p, yaml_event_t *event)
{
    if (yaml_parser_parse(&p->yaml, event)) return true;
    report_syntax(p);
    return false;
}

/* --- anchors and aliases --- */

static anchor *find_anchor(parser *p, const char *name)
{
    for (size_t i = p->anchors.count; i-- > 0;)
        if (strcmp(p->anchors.items[i].name, name) == 0) return &p->anchors.items[i];
    return NULL;
}

/* The index + 1 of a fresh, incomplete anchor; 0 when the node has none. */
static size_t open_anchor(parser *p, const yaml_char_t *name)
{
    if (!name) return 0;
    anchor fresh = {orr_arena_strdup(p->arena, (const char *)name), NULL};
    orr_vec_push(&p->anchors, fresh);
    return p->anchors.count;
}

static size_t count_nodes(const orr_node *node, size_t limit)
{
    size_t count = 1;
    for (const orr_node *child = node->first; child && count <= limit; child = child->next) count += count_nodes(child, limit - count);
    return count;
}

static int depth_of(const orr_node *node)
{
    int deepest = 0;
    for (const orr_node *child = node->first; child; child = child->next) {
        int depth = depth_of(child);
        if (depth > deepest) deepest = depth;
    }
    return node->kind == ORR_NODE_LIST || node->kind == ORR_NODE_MAP ? deepest + 1 : 0;
}

static orr_node *report_depth(parser *p, orr_place place)
{
    orr_diag_error(p->diags, place, "maps and lists are nested more than %d deep here", ORR_MAX_TREE_DEPTH);
    return NULL;
}

static orr_node *expand_alias(parser *p, const yaml_event_t *event, int depth)
{
    const char *name = (const char *)event->data.alias.anchor;
    orr_place place = place_of(p, &event->start_mark, &event->end_mark);
    const anchor *target = find_anchor(p, name);
    if (!target) {
        orr_diag_error(p->diags, place, "alias \"*%s\" has no anchor before it", name);
        return NULL;
    }
    if (!target->node) {
        orr_diag_error(p->diags, place, "alias \"*%s\" stands inside what it is to repeat", name);
        return NULL;
    }
    p->aliased_nodes += count_nodes(target->node, ORR_MAX_ALIASED_NODES);
    if (p->aliased_nodes > ORR_MAX_ALIASED_NODES) {
        orr_diag_error(p->diags, place, "aliases expand to more than %d values here", ORR_MAX_ALIASED_NODES);
        return NULL;
    }
    if (depth + depth_of(target->node) > ORR_MAX_TREE_DEPTH) return report_depth(p, place);
    orr_node *copy = orr_tree_copy(p->arena, target->node);
    copy->key = NULL;
    copy->key_place = (orr_place){0};
    return copy;
}

/* --- nodes --- */

static orr_node *parse_node(parser *p, yaml_event_t *event, int depth);

static bool check_tag(parser *p, const yaml_char_t *tag, orr_place place, bool *is_text)
{
    *is_text = tag && (strcmp((const char *)tag, YAML_STR_TAG) == 0 || strcmp((const char *)tag, "!") == 0);
    if (!tag || *is_text) return true;
    orr_diag *diag = orr_diag_error(p->diags, place, "tag \"%s\" is not read", (const char *)tag);
    orr_diag_hint(diag, "Leave tags out; put a value in quotes to make it text.");
    return false;
}

static bool check_text(parser *p, const yaml_event_t *event, orr_place place)
{
    if (strlen((const char *)event->data.scalar.value) == event->data.scalar.length) return true;
    orr_diag_error(p->diags, place, "a text may hold no NUL character");
    return false;
}

static orr_node *parse_scalar(parser *p, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    bool is_text;
    orr_place place = place_of(p, &event->start_mark, &event->end_mark);
    if (!check_tag(p, event->data.scalar.tag, place, &is_text) || !check_text(p, event, place)) return NULL;
    size_t anchor_number = open_anchor(p, event->data.scalar.anchor);
    orr_node *node = ORR_NEW(p->arena, orr_node);
    node->place = place;
    node->quoted = is_text || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->kind = !node->quoted && orr_text_is_null(text) ? ORR_NODE_NULL : ORR_NODE_SCALAR;
    if (node->kind == ORR_NODE_SCALAR) node->scalar = orr_arena_strndup(p->arena, text, event->data.scalar.length);
    if (anchor_number) p->anchors.items[anchor_number - 1].node = node;
    return node;
}

static bool check_key(parser *p, const yaml_event_t *event, orr_place place)
{
    const yaml_char_t *text = event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (event->data.scalar.length > ORR_MAX_KEY_BYTES) {
        orr_diag_error(p->diags, place, "a key has more than %d bytes", ORR_MAX_KEY_BYTES);
    } else if (plain && text[0] == 0) {
        orr_diag *diag = orr_diag_error(p->diags, place, "a key is missing before the colon");
        orr_diag_hint(diag, "An empty key is written \"\".");
    } else if (plain && strcmp((const char *)text, "<<") == 0) {
        orr_diag *diag = orr_diag_error(p->diags, place, "merge keys (<<) are not read");
        orr_diag_hint(diag, "Use `extends:`, or repeat the keys.");
    } else if (event->data.scalar.anchor) {
        orr_diag_error(p->diags, place, "an anchor on a key is not read");
    } else {
        return check_text(p, event, place);
    }
    return false;
}

/* The keys of the map being read: looked up one by one while there are few, by hash beyond. */
typedef struct key_set { orr_node *map; orr_text_map *by_text; } key_set;

enum { FEW_KEYS = 16 };

static orr_node *find_key(key_set *keys, const char *key)
{
    if (!keys->by_text && keys->map->child_count > FEW_KEYS) {
        keys->by_text = orr_text_map_create();
        for (orr_node *child = keys->map->first; child; child = child->next) orr_text_map_put(keys->by_text, child->key, child);
    }
    return keys->by_text ? orr_text_map_get(keys->by_text, key) : orr_tree_get(keys->map, key);
}

/* Reads a key (its event is `event`) and its value into the map; goes on after a repeated key, so that all are reported. */
static bool parse_pair(parser *p, key_set *keys, yaml_event_t *event, int depth)
{
    orr_place place = place_of(p, &event->start_mark, event->type == YAML_SCALAR_EVENT ? &event->end_mark : NULL);
    bool is_text;
    if (event->type != YAML_SCALAR_EVENT) {
        orr_diag_error(p->diags, place, "a key is a text, not a %s", event->type == YAML_ALIAS_EVENT ? "alias" : event->type == YAML_MAPPING_START_EVENT ? "map" : "list");
        return false;
    }
    if (!check_tag(p, event->data.scalar.tag, place, &is_text) || !check_key(p, event, place)) return false;
    const char *key = orr_arena_strndup(p->arena, (const char *)event->data.scalar.value, event->data.scalar.length);
    orr_node *first = find_key(keys, key);
    if (first) {
        orr_diag *diag = orr_diag_error(p->diags, place, "key \"%s\" stands twice in this map", key);
        orr_diag_note(diag, first->key_place, "it is first given here");
    }
    yaml_event_t value_event;
    if (!next_event(p, &value_event)) return false;
    orr_node *value = parse_node(p, &value_event, depth);
    yaml_event_delete(&value_event);
    if (!value) return false;
    if (first) return true;
    value->key = key;
    value->key_place = place;
    orr_tree_append(keys->map, value);
    if (keys->by_text) orr_text_map_put(keys->by_text, key, value);
    return true;
}

static bool parse_items(parser *p, orr_node *node, int depth)
{
    key_set keys = {node, NULL};
    bool good = true, ended = false;
    while (good && !ended) {
        yaml_event_t event;
        if (!next_event(p, &event)) { good = false; break; }
        ended = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        if (!ended && node->kind == ORR_NODE_MAP) {
            good = parse_pair(p, &keys, &event, depth);
        } else if (!ended) {
            orr_node *item = parse_node(p, &event, depth);
            if (item) orr_tree_append(node, item);
            good = item != NULL;
        }
        yaml_event_delete(&event);
    }
    orr_text_map_destroy(keys.by_text);
    return good;
}

static orr_node *parse_collection(parser *p, const yaml_event_t *event, int depth)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT, is_text;
    orr_place place = place_of(p, &event->start_mark, NULL);
    if (depth >= ORR_MAX_TREE_DEPTH) return report_depth(p, place);
    if (!check_tag(p, is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag, place, &is_text)) return NULL;
    size_t anchor_number = open_anchor(p, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor);
    orr_node *node = ORR_NEW(p->arena, orr_node);
    node->kind = is_map ? ORR_NODE_MAP : ORR_NODE_LIST;
    node->place = place;
    if (!parse_items(p, node, depth + 1)) return NULL;
    if (anchor_number) p->anchors.items[anchor_number - 1].node = node;
    return node;
}

/* `depth`: how many maps and lists are around the node. */
static orr_node *parse_node(parser *p, yaml_event_t *event, int depth)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return parse_scalar(p, event);
    case YAML_ALIAS_EVENT: return expand_alias(p, event, depth);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return parse_collection(p, event, depth);
    default:
        orr_diag_error(p->diags, place_of(p, &event->start_mark, NULL), "not YAML: a value was expected");
        return NULL;
    }
}

/* --- the document --- */

static bool parse_document(parser *p, orr_node **root)
{
    bool good = true, ended = false;
    size_t documents = 0;
    while (good && !ended) {
        yaml_event_t event;
        if (!next_event(p, &event)) return false;
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT: break;
        case YAML_STREAM_END_EVENT: ended = true; break;
        case YAML_DOCUMENT_START_EVENT:
            if (++documents < 2) break;
            orr_diag_error(p->diags, place_of(p, &event.start_mark, NULL), "a second document begins here; a file holds one");
            good = false;
            break;
        default:
            *root = parse_node(p, &event, 0);
            good = *root != NULL;
        }
        yaml_event_delete(&event);
    }
    return good;
}

orr_node *orr_tree_parse(orr_arena *arena, const orr_source *source, orr_diags *diags)
{
    parser p;
    orr_node *root = NULL;
    size_t errors_before = orr_diags_error_count(diags), start = bom_length(source);
    memset(&p, 0, sizeof p);
    p.arena = arena;
    p.source = source;
    p.diags = diags;
    rewind_cursor(&p);
    if (!yaml_parser_initialize(&p.yaml)) {
        orr_diag_environment(diags, "%s: out of memory while reading YAML", source->name);
        return NULL;
    }
    yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.yaml, (const unsigned char *)source->bytes + start, source->length_bytes - start);
    bool good = parse_document(&p, &root) && orr_diags_error_count(diags) == errors_before;
    yaml_parser_delete(&p.yaml);
    orr_vec_free(&p.anchors);
    if (!good) return NULL;
    if (!root) {
        root = ORR_NEW(arena, orr_node);        /* an empty document is null */
        root->place = (orr_place){source, 1, 1, 0};
    }
    return root;
}

orr_node *orr_tree_read_file(orr_arena *arena, const char *path, orr_diags *diags)
{
    orr_source *source = orr_file_read(arena, path, diags);
    return source ? orr_tree_parse(arena, source, diags) : NULL;
}
