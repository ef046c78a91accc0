/* The embedded catalogue: every file binds, every number is cited, every name finds one thing. */
#include "spec_support.h"

#include <string.h>
#include "spec/bind.h"
#include "spec/catalogue_head.h"
#include "spec/field.h"

static const struct { orr_catalogue_kind kind; const orr_table *table; bool all_cited; } kinds[] = {
    {ORR_KIND_MODEL, &orr_model_table, true},   {ORR_KIND_CHIP, &orr_chip_table, true},     {ORR_KIND_NODE, &orr_node_table, true},
    {ORR_KIND_FABRIC, &orr_fabric_table, true}, {ORR_KIND_ENGINE, &orr_engine_table, true}, {ORR_KIND_WORKLOAD, &orr_workload_table, false},
    {ORR_KIND_STORE, &orr_store_table, true},   {ORR_KIND_PROCESS, &orr_process_table, true}, {ORR_KIND_MEMORY, &orr_memory_technology_table, true},
    {ORR_KIND_LINK, &orr_link_technology_table, true}, {ORR_KIND_SILICON, &orr_silicon_costs_table, true}, {ORR_KIND_COST, &orr_ownership_table, true},
};

static void every_file_binds(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    assert_true(orr_catalogue_load(f.diags));
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t count = 0;
        const orr_catalogue_entry *entries = orr_catalogue_entries(kinds[k].kind, &count);
        for (size_t i = 0; i < count; i++) {
            orr_node *tree = orr_catalogue_tree(kinds[k].kind, entries[i].name, (orr_place){0}, f.arena, f.diags);
            orr_binder binder = orr_binder_begin(f.arena, f.diags);
            orr_bind_table(&binder, kinds[k].table, tree, orr_arena_alloc(f.arena, sizeof(orr_study)));
            for (size_t p = 0; kinds[k].all_cited && p < binder.provenance.count; p++) {
                const orr_provenance *v = &binder.provenance.items[p];
                bool head = strcmp(v->path, "name") == 0 || strcmp(v->path, "title") == 0 || strcmp(v->path, "vendor") == 0 || strcmp(v->path, "chip") == 0 || strcmp(v->path, "fabric") == 0 || strcmp(v->path, "architecture") == 0;
                if (v->origin == ORR_ORIGIN_STUDY && !head) fail_msg("%s: %s is not cited", entries[i].path, v->path);
            }
            orr_binder_end(&binder);
        }
    }
    spec_expect_clean(&f);
    spec_end(&f);
}

static void names_find_one_thing(void **state)
{
    (void)state;
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) {
        size_t count = 0;
        const orr_catalogue_entry *entries = orr_catalogue_entries((orr_catalogue_kind)kind, &count);
        for (size_t i = 0; i < count; i++) {
            assert_ptr_equal(orr_catalogue_find((orr_catalogue_kind)kind, entries[i].name), &entries[i]);
            for (size_t a = 0; a < entries[i].alias_count; a++)
                if (orr_catalogue_find((orr_catalogue_kind)kind, entries[i].aliases[a]) != &entries[i]) fail_msg("alias %s of %s finds another", entries[i].aliases[a], entries[i].name);
        }
    }
}

/* Names come from lines, everything else from the parser: both say the same. */
static void heads_are_those_of_the_trees(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) {
        size_t count = 0;
        const orr_catalogue_entry *entries = orr_catalogue_entries((orr_catalogue_kind)kind, &count);
        for (size_t i = 0; i < count; i++) {
            const orr_node *tree = orr_catalogue_tree((orr_catalogue_kind)kind, entries[i].name, (orr_place){0}, f.arena, f.diags), *aliases = orr_tree_get(tree, "aliases");
            assert_non_null(tree);
            if (orr_tree_get(tree, "name")) assert_string_equal(entries[i].name, orr_tree_get(tree, "name")->scalar);
            if (orr_tree_get(tree, "title")) assert_string_equal(entries[i].title, orr_tree_get(tree, "title")->scalar);
            size_t told = 0;
            for (const orr_node *a = aliases ? aliases->first : NULL; a; a = a->next) assert_string_equal(entries[i].aliases[told++], a->scalar);
            assert_true(entries[i].alias_count - told <= 1);        /* the file's own name */
        }
    }
    spec_end(&f);
}

static bool head_of(spec_fixture *f, const char *text, orr_catalogue_head *head) { return orr_catalogue_head_read(f->arena, text, head); }

static void heads_leave_to_the_parser_what_is_not_plain(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_catalogue_head head;
    assert_true(head_of(&f, "# a\nschema: x\nname: a/b-1.5  \ntitle: 'two words'\naliases: [a, '4090', \"c d\" ]\nmore:\n  name: other\n", &head));
    assert_string_equal(head.name, "a/b-1.5");
    assert_string_equal(head.title, "two words");
    assert_int_equal(head.alias_count, 3);
    assert_string_equal(head.aliases[1], "4090");
    assert_string_equal(head.aliases[2], "c d");
    assert_true(head_of(&f, "titles: x\nnames: [", &head));
    assert_true(!head.name && !head.title && head.alias_count == 0);
    assert_true(head_of(&f, "aliases: []", &head));
    static const char *const dear[] = {"name:", "name: |\n  a\n", "name: a\n  b\n", "name: a # b\n", "name: null\n", "name: ~\n", "name: 'it''s'\n", "name: \"a\\n\"\n", "name: 'a\n", "name: 'a' b\n",
        "title: a: b\n", "aliases: a\n", "aliases:\n  - a\n", "aliases: [a,\n  b]\n", "aliases: [a, [b]]\n", "aliases: [a b: c]\n", "aliases: [a] b\n", "aliases: [a", "name: a\nname: b\n"};
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
        if (head_of(&f, dear[i], &head)) fail_msg("read without the parser: %s", dear[i]);
    spec_end(&f);
}

/* Nodes name chips and fabrics that are there. */
static void references_hold(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    size_t count = 0;
    const orr_catalogue_entry *entries = orr_catalogue_entries(ORR_KIND_NODE, &count);
    for (size_t i = 0; i < count; i++) {
        orr_node *tree = orr_catalogue_tree(ORR_KIND_NODE, entries[i].name, (orr_place){0}, f.arena, f.diags);
        orr_node_spec node = {0};
        orr_binder binder = orr_binder_begin(f.arena, f.diags);
        orr_bind_table(&binder, &orr_node_table, tree, &node);
        orr_binder_end(&binder);
        if (!node.chip_name || !orr_catalogue_find(ORR_KIND_CHIP, node.chip_name)) fail_msg("%s: no chip %s", entries[i].path, node.chip_name ? node.chip_name : "named");
        if (node.fabric_name && !orr_catalogue_find(ORR_KIND_FABRIC, node.fabric_name)) fail_msg("%s: no fabric %s", entries[i].path, node.fabric_name);
    }
    spec_end(&f);
}

static void near_names_are_offered(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    assert_null(orr_catalogue_tree(ORR_KIND_CHIP, "h100-smx", (orr_place){0}, f.arena, f.diags));
    spec_expect_report(&f, "Did you mean \"h100-sxm\"?");
    assert_ptr_equal(orr_catalogue_find(ORR_KIND_CHIP, "H100_SXM"), orr_catalogue_find(ORR_KIND_CHIP, "h100-sxm"));
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file_binds), cmocka_unit_test(names_find_one_thing), cmocka_unit_test(heads_are_those_of_the_trees), cmocka_unit_test(heads_leave_to_the_parser_what_is_not_plain), cmocka_unit_test(references_hold), cmocka_unit_test(near_names_are_offered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
