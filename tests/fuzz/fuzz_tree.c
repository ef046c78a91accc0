/* Any bytes as YAML: they are refused with a diagnostic, or make a tree that is written and read back to itself, as YAML and as JSON. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const orr_node *a, const orr_node *b)
{
    double x = 0, y = 0;
    bool p = false, q = false;
    if (a->kind != b->kind || a->child_count != b->child_count || !orr_text_equal(a->scalar, b->scalar)) return false;
    if (orr_node_as_double(a, &x) != orr_node_as_double(b, &y) || memcmp(&x, &y, sizeof x) != 0) return false;
    if (orr_node_as_bool(a, &p) != orr_node_as_bool(b, &q) || p != q) return false;
    const orr_node *c = a->first, *d = b->first;
    for (; c && d; c = c->next, d = d->next)
        if (!orr_text_equal(c->key, d->key) || !same(c, d)) return false;
    return !c && !d;
}

/* Every place of a tree lies in its source. */
static void check_places(const orr_node *node)
{
    const orr_place *places[] = {&node->place, &node->key_place};
    for (int i = 0; i < 2; i++) {
        if (!places[i]->source) continue;
        size_t lines = 1, length = places[i]->source->length_bytes;
        for (size_t k = 0; k < length; k++) lines += places[i]->source->bytes[k] == '\n';
        if (places[i]->line < 1 || places[i]->line > lines || places[i]->column < 1 || places[i]->column > length + 1 || places[i]->length_bytes > length) abort();
    }
    for (const orr_node *child = node->first; child; child = child->next) check_places(child);
}

static orr_node *parse(orr_arena *arena, const char *bytes, size_t length, orr_diags *diags)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){"fuzz.yaml", orr_arena_strndup(arena, bytes, length), length};
    return orr_tree_parse(arena, source, diags);
}

static void must_read_back(orr_arena *arena, const orr_node *root, const orr_text *text, bool exactly)
{
    orr_diags *diags = orr_diags_create();
    orr_node *back = parse(arena, text->bytes, text->length_bytes, diags);
    if (!back || (exactly && !same(root, back))) {
        fprintf(stderr, "does not read back:\n%s\n", text->bytes);
        abort();
    }
    orr_diags_destroy(diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) return 0;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text text = {0};
    orr_node *root = parse(arena, (const char *)data, size, diags);
    if (!root && orr_diags_error_count(diags) == 0) abort();
    orr_diags_render(diags, false, &text);
    if (root) {
        if (size < 512) check_places(root);
        orr_text_clear(&text);
        orr_tree_write_yaml(root, &text);
        must_read_back(arena, root, &text, true);
        orr_text_clear(&text);
        orr_tree_write_json(root, &text);
        must_read_back(arena, root, &text, false);
        orr_tree_set(arena, root, "a.b.0.c", orr_tree_copy(arena, root), diags);
        orr_tree_merge(arena, root, root);
    }
    orr_text_free(&text);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return 0;
}
