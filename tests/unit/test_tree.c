/* Trees: what is read, with its places; edits and merges; errors with their exact text; write and read back. */
#include "base_test.h"
#include <stdio.h>
#include "base/tree.h"
#include "base/text.h"

typedef struct fixture { orr_arena *arena; orr_diags *diags; } fixture;

static fixture begin(void) { return (fixture){orr_arena_create(), orr_diags_create()}; }

static void end(fixture f)
{
    orr_diags_destroy(f.diags);
    orr_arena_destroy(f.arena);
}

static orr_source *source_of(fixture f, const char *bytes, size_t length)
{
    orr_source *source = ORR_NEW(f.arena, orr_source);
    *source = (orr_source){"s.yaml", orr_arena_strndup(f.arena, bytes, length), length};
    return source;
}

static orr_node *parse(fixture f, const char *text)
{
    orr_node *root = orr_tree_parse(f.arena, source_of(f, text, strlen(text)), f.diags);
    if (!root) {
        orr_text out = {0};
        orr_diags_render(f.diags, false, &out);
        fail_msg("%s", out.bytes);
    }
    return root;
}

static void assert_error(const char *text, const char *wanted)
{
    fixture f = begin();
    orr_text out = {0};
    assert_null(orr_tree_parse(f.arena, source_of(f, text, strlen(text)), f.diags));
    orr_diags_render(f.diags, false, &out);
    assert_string_equal(out.bytes, wanted);
    orr_text_free(&out);
    end(f);
}

static void assert_place(orr_place place, uint32_t line, uint32_t column, uint32_t length)
{
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
    assert_int_equal(place.length_bytes, length);
}

/* Same tree: kinds, keys, texts, and what scalars read as. */
static bool same(const orr_node *a, const orr_node *b)
{
    double x = 0, y = 0;
    bool p = false, q = false;
    if (a->kind != b->kind || a->child_count != b->child_count || !orr_text_equal(a->scalar, b->scalar)) return false;
    if (orr_node_as_double(a, &x) != orr_node_as_double(b, &y) || bits_of(x) != bits_of(y)) return false;
    if (orr_node_as_bool(a, &p) != orr_node_as_bool(b, &q) || p != q) return false;
    const orr_node *c = a->first, *d = b->first;
    for (; c && d; c = c->next, d = d->next)
        if (!orr_text_equal(c->key, d->key) || !same(c, d)) return false;
    return !c && !d;
}

static void assert_round_trip(fixture f, const orr_node *root)
{
    orr_text out = {0};
    orr_tree_write_yaml(root, &out);
    orr_node *back = parse(f, out.bytes);
    if (!same(root, back)) fail_msg("does not read back:\n%s", out.bytes);
    orr_text_free(&out);
}

static void nodes_have_kinds_and_places(void **state)
{
    (void)state;
    fixture f = begin();
    orr_node *root = parse(f, "name: na\xC3\xAFve model\nchips: [\xC3\xA9, \"80 GB\", ~]\nengine:\n  max_num_seqs: 256\n  text: |\n    two\n    lines\nempty:\nlist:\n- 1\n- a: b\n");
    assert_int_equal(root->kind, ORR_NODE_MAP);
    assert_int_equal(root->child_count, 5);
    orr_node *name = orr_tree_get(root, "name"), *chips = orr_tree_get(root, "chips");
    assert_string_equal(name->scalar, "na\xC3\xAFve model");
    assert_place(name->place, 1, 7, 12);
    assert_place(name->key_place, 1, 1, 4);
    assert_int_equal(chips->kind, ORR_NODE_LIST);
    assert_place(chips->place, 2, 8, 0);
    assert_place(chips->first->place, 2, 9, 2);
    assert_place(chips->first->next->place, 2, 13, 7);      /* bytes, though libyaml counts characters */
    assert_true(chips->first->next->quoted);
    assert_int_equal(chips->last->kind, ORR_NODE_NULL);
    assert_string_equal(orr_tree_find(root, "engine.text")->scalar, "two\nlines\n");
    assert_string_equal(orr_tree_find(root, "engine.max_num_seqs")->scalar, "256");
    assert_int_equal(orr_tree_get(root, "empty")->kind, ORR_NODE_NULL);
    assert_string_equal(orr_tree_find(root, "list.1.a")->scalar, "b");
    assert_place(orr_tree_find(root, "list.1.a")->key_place, 11, 3, 1);
    assert_null(orr_tree_find(root, "list.2"));
    assert_null(orr_tree_find(root, "list.x"));
    assert_null(orr_tree_find(root, "name.x"));
    assert_null(orr_tree_find(root, "engine..x"));
    assert_null(orr_tree_get(chips, "name"));
    assert_null(orr_tree_get(NULL, "name"));
    end(f);
}

static void odd_but_good_documents(void **state)
{
    (void)state;
    fixture f = begin();
    assert_int_equal(parse(f, "")->kind, ORR_NODE_NULL);
    assert_int_equal(parse(f, "# only a comment\n")->kind, ORR_NODE_NULL);
    assert_string_equal(parse(f, "--- word\n...\n")->scalar, "word");
    orr_node *marked = parse(f, "\xEF\xBB\xBF" "a: b\r\nc: d\r\n");
    assert_place(orr_tree_get(marked, "a")->place, 1, 7, 1);
    assert_place(orr_tree_get(marked, "c")->place, 2, 4, 1);
    orr_node *json = parse(f, "{\"a\":[1,2.5e3,true,null,\"x\\/y\\u00e9\"],\n\t\"b\":{\"c\":\"d\"}}");
    assert_string_equal(orr_tree_find(json, "a.4")->scalar, "x/y\xC3\xA9");
    assert_place(orr_tree_find(json, "b.c")->place, 2, 11, 3);
    assert_string_equal(orr_tree_get(parse(f, "{a: !!str 5}"), "a")->scalar, "5");
    assert_true(orr_tree_get(parse(f, "{a: !!str 5}"), "a")->quoted);
    end(f);
}

static void anchors_are_resolved(void **state)
{
    (void)state;
    fixture f = begin();
    orr_node *root = parse(f, "base: &b {x: 1, y: [2, 3]}\nsame: *b\nagain: {z: *b}\nbase2: &b 7\nlater: *b\n");
    assert_string_equal(orr_tree_find(root, "same.y.1")->scalar, "3");
    assert_string_equal(orr_tree_find(root, "again.z.x")->scalar, "1");
    assert_string_equal(orr_tree_find(root, "later")->scalar, "7");
    assert_string_equal(orr_tree_get(root, "same")->key, "same");
    assert_place(orr_tree_find(root, "same.x")->place, 1, 14, 1);
    end(f);
    assert_error("a: &x [*x]\n", "s.yaml:1:8: error: alias \"*x\" stands inside what it is to repeat\n    1 | a: &x [*x]\n      |        ^~\n");
    assert_error("a: *x\n", "s.yaml:1:4: error: alias \"*x\" has no anchor before it\n    1 | a: *x\n      |    ^~\n");
}

static void expansion_is_limited(void **state)
{
    (void)state;
    fixture f = begin();
    orr_text text = {0}, out = {0};
    orr_text_append(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) orr_text_printf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_null(orr_tree_parse(f.arena, source_of(f, text.bytes, text.length_bytes), f.diags));
    orr_diags_render(f.diags, false, &out);
    assert_non_null(strstr(out.bytes, "error: aliases expand to more than 100000 values here\n"));
    orr_text_free(&text);
    orr_text_free(&out);
    end(f);
}

static void depth_is_limited(void **state)
{
    (void)state;
    for (int depth = 64; depth <= 65; depth++) {
        fixture f = begin();
        char text[200];
        for (int i = 0; i < depth; i++) text[i] = '[', text[depth + i] = ']';
        text[2 * depth] = 0;
        orr_node *root = orr_tree_parse(f.arena, source_of(f, text, strlen(text)), f.diags);
        assert_int_equal(root != NULL, depth == 64);
        if (root) assert_round_trip(f, root);
        end(f);
    }
    fixture f = begin();      /* through aliases as well */
    orr_text text = {0};
    orr_text_append(&text, "a0: &a0 [x]\n");
    for (int i = 1; i < 70; i++) orr_text_printf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    assert_null(orr_tree_parse(f.arena, source_of(f, text.bytes, text.length_bytes), f.diags));
    orr_text_free(&text);
    end(f);
}

static void errors_point(void **state)
{
    (void)state;
    assert_error("a: 1\nb: 2\na: 3\nb: 4\n",
                 "s.yaml:3:1: error: key \"a\" stands twice in this map\n    3 | a: 3\n      | ^\n  note: s.yaml:1:1: it is first given here\n"
                 "s.yaml:4:1: error: key \"b\" stands twice in this map\n    4 | b: 4\n      | ^\n  note: s.yaml:2:1: it is first given here\n");
    assert_error("engine: {max: 3\nmodel: x\n",
                 "s.yaml:2:6: error: not YAML: did not find expected ',' or '}' while parsing a flow mapping\n    2 | model: x\n      |      ^\n"
                 "  note: s.yaml:1:9: it began here\n  hint: A comma or a closing bracket is missing.\n");
    assert_error("a: b: c\n",
                 "s.yaml:1:5: error: not YAML: mapping values are not allowed in this context\n    1 | a: b: c\n      |     ^\n"
                 "  hint: Put the value in quotes if it holds \": \"; else look at the indentation.\n");
    assert_error("a:\n\tb: 1\n",
                 "s.yaml:2:1: error: not YAML: found character that cannot start any token while scanning for the next token\n    2 |     b: 1\n      | ^\n"
                 "  hint: A tab stands here; YAML is indented by spaces.\n");
    assert_error("a: \"open\nb: 1\n",
                 "s.yaml:3:1: error: not YAML: found unexpected end of stream while scanning a quoted scalar\n    3 | \n      | ^\n"
                 "  note: s.yaml:1:4: it began here\n  hint: A closing quote is missing.\n");
    assert_error("a: \xFFx\n",
                 "s.yaml:1:4: error: not a YAML text: invalid leading UTF-8 octet\n    1 | a: ?x\n      |    ^\n  hint: The file is to be UTF-8 without control characters.\n");
    assert_error("a: 1\n---\nb: 2\n", "s.yaml:2:1: error: a second document begins here; a file holds one\n    2 | ---\n      | ^\n");
    assert_error("<<: {a: 1}\n", "s.yaml:1:1: error: merge keys (<<) are not read\n    1 | <<: {a: 1}\n      | ^~\n  hint: Use `extends:`, or repeat the keys.\n");
    assert_error("[a, b]: c\n", "s.yaml:1:1: error: a key is a text, not a list\n    1 | [a, b]: c\n      | ^\n");
    assert_error("?\n: c\n", "s.yaml:1:2: error: a key is missing before the colon\n    1 | ?\n      |  ^\n  hint: An empty key is written \"\".\n");
    assert_error("a: !point {x: 1}\n",
                 "s.yaml:1:4: error: tag \"!point\" is not read\n    1 | a: !point {x: 1}\n      |    ^\n  hint: Leave tags out; put a value in quotes to make it text.\n");
    assert_error("a: \"x\\0y\"\n", "s.yaml:1:4: error: a text may hold no NUL character\n    1 | a: \"x\\0y\"\n      |    ^~~~~~\n");
}

static void many_keys_and_a_repeated_one(void **state)
{
    (void)state;
    fixture f = begin();
    orr_text text = {0};
    for (int i = 0; i < 2000; i++) orr_text_printf(&text, "k%d: %d\n", i, i);
    assert_int_equal(parse(f, text.bytes)->child_count, 2000);
    orr_text_append(&text, "k1999: 1\nk3: 1\n");
    assert_null(orr_tree_parse(f.arena, source_of(f, text.bytes, text.length_bytes), f.diags));
    assert_int_equal(orr_diags_error_count(f.diags), 2);
    orr_text_free(&text);
    end(f);
}

static void scalars_read(void **state)
{
    (void)state;
    fixture f = begin();
    orr_node *root = parse(f, "[1024, -3, +7, 1e6, 2.5, 1e30, 9223372036854775807, 9223372036854775808, .5, '5', 1_000, 0x10, .inf, true, yes, 'true', null, 007, 1e400, -9223372036854775808]");
    static const bool is_double[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
    static const bool is_int[] = {1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
    static const bool is_bool[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    size_t i = 0;
    for (orr_node *node = root->first; node; node = node->next, i++) {
        double d;
        long long n;
        bool b;
        if (orr_node_as_double(node, &d) != is_double[i] || orr_node_as_int(node, &n) != is_int[i] || orr_node_as_bool(node, &b) != is_bool[i])
            fail_msg("item %zu: %s", i, node->scalar ? node->scalar : "null");
    }
    long long n = 0;
    assert_true(orr_node_as_int(orr_tree_find(root, "3"), &n) && n == 1000000);
    assert_true(orr_node_as_int(orr_tree_find(root, "6"), &n) && n == 9223372036854775807LL);
    assert_true(orr_node_as_int(orr_tree_find(root, "19"), &n) && n == -9223372036854775807LL - 1);
    assert_false(orr_node_as_int(NULL, &n));
    end(f);
}

static void sets(void **state)
{
    (void)state;
    fixture f = begin();
    orr_node *root = parse(f, "a: 1\nb: {c: 2, d: 3}\nlist: [{x: 1}, 5]\n");
    orr_source set = {"--set", "x", 1};
    orr_place place = {&set, 1, 1, 1};
    assert_true(orr_tree_set(f.arena, root, "b.c", orr_tree_new_scalar(f.arena, "20", place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "b.d", orr_tree_new_scalar(f.arena, "30", place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "b.e", orr_tree_new_scalar(f.arena, "40", place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "n.e.w", orr_tree_new_scalar(f.arena, "5", place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "list.0.x", orr_tree_new_scalar(f.arena, "6", place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "list.1", orr_tree_new_map(f.arena, place), f.diags));
    assert_true(orr_tree_set(f.arena, root, "a", orr_tree_new_scalar(f.arena, "null", place), f.diags));
    orr_text out = {0};
    orr_tree_write_json(root, &out);
    assert_string_equal(out.bytes, "{\"a\":null,\"b\":{\"c\":20,\"d\":30,\"e\":40},\"list\":[{\"x\":6},{}],\"n\":{\"e\":{\"w\":5}}}");
    assert_ptr_equal(orr_tree_find(root, "n.e.w")->place.source, &set);
    assert_ptr_equal(orr_tree_get(root, "b")->last, orr_tree_find(root, "b.e"));
    assert_false(orr_tree_set(f.arena, root, "b.c.d", orr_tree_new_scalar(f.arena, "1", place), f.diags));
    assert_false(orr_tree_set(f.arena, root, "list.7", orr_tree_new_scalar(f.arena, "1", place), f.diags));
    assert_false(orr_tree_set(f.arena, root, "b..d", orr_tree_new_scalar(f.arena, "1", place), f.diags));
    orr_text_clear(&out);
    orr_diags_render(f.diags, false, &out);
    assert_string_equal(out.bytes, "--set:1:1: error: can't set b.c.d: \"20\" stands where a map would\n    1 | x\n      | ^\n  note: --set:1:1: it is written here\n"
                                   "--set:1:1: error: can't set list.7: the list has no item \"7\"\n    1 | x\n      | ^\n  note: s.yaml:3:7: it has 2, counted from 0\n"
                                   "--set:1:1: error: can't set \"b..d\": a step of the path is empty or too long\n    1 | x\n      | ^\n"
                                   "  hint: A path is keys joined by dots, such as engine.max_num_seqs.\n");
    orr_text_free(&out);
    end(f);
}

static void merges(void **state)
{
    (void)state;
    fixture f = begin();
    orr_node *base = parse(f, "a: 1\nb: {c: 2, d: {e: 3}}\nlist: [1, 2]\n"), *over = parse(f, "b: {d: {f: 4}, c: null}\nlist: [9]\nnew: x\n");
    orr_node *merged = orr_tree_merge(f.arena, base, over);
    orr_text out = {0};
    orr_tree_write_json(merged, &out);
    assert_string_equal(out.bytes, "{\"a\":1,\"b\":{\"c\":null,\"d\":{\"e\":3,\"f\":4}},\"list\":[9],\"new\":\"x\"}");
    assert_ptr_equal(orr_tree_find(merged, "b.d.e")->place.source, base->place.source);
    assert_ptr_equal(orr_tree_find(merged, "b.d.f")->place.source, over->place.source);
    assert_true(same(orr_tree_merge(f.arena, base, base), base));
    assert_true(same(orr_tree_merge(f.arena, orr_tree_new_map(f.arena, base->place), over), over));
    orr_tree_set(f.arena, merged, "b.c", orr_tree_new_scalar(f.arena, "77", base->place), f.diags);
    assert_string_equal(orr_tree_find(base, "b.c")->scalar, "2");       /* a new tree: the old ones are as they were */
    orr_text_free(&out);
    end(f);
}

static void written_form(void **state)
{
    (void)state;
    fixture f = begin();
    const char *text = "name: meta-llama/Llama-3.1-8B\n"
                       "url: https://a.b/c?d=1\n"
                       "quoted: \"12\"\n"
                       "plain: 12\n"
                       "truth: \"true\"\n"
                       "nothing: null\n"
                       "empty_map: {}\n"
                       "chips: [h100, h200]\n"
                       "knots: [[0, 3], [0.5, 1020], [1, 14050]]\n"
                       "value: {value: 3.35 TB/s, source: nv}\n"
                       "nested:\n"
                       "  a: {b: 1}\n"
                       "  list:\n"
                       "    - a: {b: c}\n"
                       "      d: e\n"
                       "    - [x]\n"
                       "text: \"two\\nlines: #1\"\n"
                       "\"odd: key\": 1\n";
    orr_node *root = parse(f, text);
    orr_text out = {0};
    orr_tree_write_yaml(root, &out);
    /* the URL's '?' and the list of maps are the two that are written with more care than they were read */
    orr_node *back = parse(f, out.bytes);
    assert_true(same(root, back));
    orr_text again = {0};
    orr_tree_write_yaml(back, &again);
    assert_string_equal(again.bytes, out.bytes);
    assert_non_null(strstr(out.bytes, "knots: [[0, 3], [0.5, 1020], [1, 14050]]\n"));
    assert_non_null(strstr(out.bytes, "value: {value: 3.35 TB/s, source: nv}\n"));
    assert_non_null(strstr(out.bytes, "quoted: \"12\"\n"));
    assert_non_null(strstr(out.bytes, "text: \"two\\nlines: #1\"\n"));
    assert_non_null(strstr(out.bytes, "nested:\n  a: {b: 1}\n"));
    orr_text_free(&out);
    orr_text_free(&again);
    orr_node *numbers = parse(f, "[+5, .5, 5., 007, 1e5, -0, True, 'x', 1.25]");
    orr_tree_write_json(numbers, &out);
    assert_string_equal(out.bytes, "[5,0.5,5,7,1e5,-0,true,\"x\",1.25]");
    orr_text_free(&out);
    end(f);
}

/* A random tree over words that are hard to write. */
static orr_node *random_tree(fixture f, uint64_t *random, int depth)
{
    static const char *const words[] = {"a", "", " ", "12", "1e5", "null", "~", "true", "- x", "-", "--", "---", "...", "#", "a #b", "a: b", "a:", ":a", "[", "{a}", "a,b", "'", "\"", "\\",
                                        "two\nlines", "\n", "\ttab", "end ", "\xC3\xA9", "\xC2\x85", "\xE2\x80\xA8", "\xEF\xBB\xBF", "?", "? a", "!", "&a", "*a", "|", ">", "%", "@", "`", "<<", "=",
                                        "a  b", "\x01\x7F", "\xF0\x9F\x98\x80", "x\r\ny", "-1", "-.5", "\xC2\xA0", "\xEF\xBF\xBE", "http://x.y/z", "a:b", "yes"};
    size_t word_count = sizeof words / sizeof *words;
    int kind = depth == 0 ? (int)(draw(random) % 2) : (int)(draw(random) % 6);
    orr_place nowhere = {0};
    orr_node *node = orr_tree_new_map(f.arena, nowhere);
    if (kind < 2) {
        const char *word = words[draw(random) % word_count];
        if (kind == 0) return orr_tree_new_scalar(f.arena, word, nowhere);
        node->kind = ORR_NODE_SCALAR;
        node->scalar = word;
        node->quoted = true;
        return node;
    }
    if (kind < 4) node->kind = ORR_NODE_LIST;
    for (size_t i = 0, count = (size_t)(draw(random) % 6); i < count; i++) {
        orr_node *child = random_tree(f, random, depth - 1);
        child->key = node->kind == ORR_NODE_MAP ? words[(draw(random) % (word_count / 6)) * 6 + i] : NULL;
        orr_tree_append(node, child);
    }
    return node;
}

static bool has_repeated_key(const orr_node *node)
{
    for (const orr_node *a = node->first; a; a = a->next) {
        if (has_repeated_key(a)) return true;
        for (const orr_node *b = a->next; b; b = b->next)
            if (node->kind == ORR_NODE_MAP && orr_text_equal(a->key, b->key)) return true;
    }
    return false;
}

static void random_trees_read_back(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int i = 0; i < 4000; i++) {
        fixture f = begin();
        orr_node *root = random_tree(f, &random, 4);
        if (!has_repeated_key(root)) {
            assert_round_trip(f, root);
            assert_true(same(root, orr_tree_copy(f.arena, root)));
            orr_text json = {0};        /* JSON is YAML, but for escapes that libyaml does not know; none is written */
            orr_tree_write_json(root, &json);
            parse(f, json.bytes);
            orr_text_free(&json);
        }
        end(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nodes_have_kinds_and_places), cmocka_unit_test(odd_but_good_documents), cmocka_unit_test(anchors_are_resolved),
                                       cmocka_unit_test(expansion_is_limited), cmocka_unit_test(depth_is_limited), cmocka_unit_test(errors_point),
                                       cmocka_unit_test(many_keys_and_a_repeated_one), cmocka_unit_test(scalars_read), cmocka_unit_test(sets), cmocka_unit_test(merges),
                                       cmocka_unit_test(written_form), cmocka_unit_test(random_trees_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
