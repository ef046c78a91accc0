/* The embedded catalogue: every file binds, every number is cited, every name finds one thing. */
#include "spec_support.h"

#include <string.h>
#include "spec/bind.h"
#include "spec/field.h"

static const struct { orr_catalogue_kind kind; const orr_table *table; bool all_cited; } kinds[] = {
    {ORR_KIND_MODEL, &orr_model_table, true},   {ORR_KIND_CHIP, &orr_chip_table, true},     {ORR_KIND_NODE, &orr_node_table, true},
    {ORR_KIND_FABRIC, &orr_fabric_table, true}, {ORR_KIND_ENGINE, &orr_engine_table, true}, {ORR_KIND_WORKLOAD, &orr_workload_table, false},
    {ORR_KIND_STORE, &orr_store_table, true},
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
                bool head = strcmp(v->path, "name") == 0 || strcmp(v->path, "title") == 0 || strcmp(v->path, "vendor") == 0 || strcmp(v->path, "chip") == 0 || strcmp(v->path, "fabric") == 0;
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file_binds), cmocka_unit_test(names_find_one_thing), cmocka_unit_test(references_hold), cmocka_unit_test(near_names_are_offered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
