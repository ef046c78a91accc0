/* The calibration file and the table: every coefficient is given, cited, and nothing else is. */
#include "perf_support.h"

#include "base/units.h"
#include "spec/catalogue.h"

static void every_field_is_cited(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_coefficients *universal = orr_coefficients_universal(arena, diags);
    assert_non_null(universal);
    assert_int_equal(orr_diags_error_count(diags), 0);
    orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, "universal", (orr_place){ NULL, 0, 0, 0 }, arena, diags);
    const orr_node *sources = orr_tree_get(tree, "sources");
    assert_non_null(sources);
    size_t families = 0;
    for (size_t i = 0; i < orr_calibration_table.field_count; i++) {
        const orr_field *family = &orr_calibration_table.fields[i];
        if (family->kind != ORR_FIELD_TABLE) continue;
        const orr_node *map = orr_tree_get(tree, family->name);
        assert_non_null(map);
        families++;
        for (size_t k = 0; k < family->table->field_count; k++) {
            const orr_node *leaf = orr_tree_get(map, family->table->fields[k].name);
            if (leaf == NULL) fail_msg("universal.yaml lacks %s.%s", family->name, family->table->fields[k].name);
            assert_non_null(orr_tree_get(leaf, "value"));
            assert_non_null(orr_tree_get(leaf, "origin"));
            const orr_node *source = orr_tree_get(leaf, "source");
            assert_non_null(source);
            assert_non_null(orr_tree_get(sources, source->scalar));
        }
    }
    assert_int_equal(families, 14);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* An overlay gives some of the table's coefficients, each within its bounds, and what it gives is put in place. */
static void overlays_give_known_coefficients(void **state)
{
    (void)state;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    const orr_coefficients *universal = orr_coefficients_universal(arena, diags);
    size_t entries = 0, given = 0;
    const orr_catalogue_entry *entry = orr_catalogue_entries(ORR_KIND_CALIBRATION, &entries);
    for (size_t i = 0; i < entries; i++) {
        if (orr_text_equal(entry[i].name, "universal")) continue;
        const orr_node *tree = orr_catalogue_tree(ORR_KIND_CALIBRATION, entry[i].name, (orr_place){ NULL, 0, 0, 0 }, arena, diags);
        orr_coefficients overlaid = *universal;
        orr_coefficients_overlay(entry[i].name, &overlaid);
        for (const orr_node *family = tree->first; family != NULL; family = family->next) {
            const orr_field *section = orr_table_find(&orr_calibration_table, family->key);
            assert_non_null(section);
            for (const orr_node *node = section->kind == ORR_FIELD_TABLE ? family->first : NULL; node != NULL; node = node->next) {
                const orr_field *field = orr_table_find(section->table, node->key);
                if (field == NULL) fail_msg("%s.yaml: there is no %s.%s", entry[i].name, family->key, node->key);
                double value = 0;
                assert_true(orr_node_as_double(orr_tree_get(node, "value"), &value));
                assert_true(value >= field->min && value <= field->max);
                assert_memory_equal(&value, (const char *)&overlaid + section->offset + field->offset, sizeof value);
                given++;
            }
        }
    }
    assert_true(given > 0);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
}

/* Families share one struct: no two fields may share a place, and together they fill it. */
static void fields_fill_the_struct(void **state)
{
    (void)state;
    bool taken[sizeof(orr_coefficients) / sizeof(double)] = { false };
    size_t count = 0;
    for (size_t i = 0; i < orr_calibration_table.field_count; i++) {
        const orr_field *family = &orr_calibration_table.fields[i];
        if (family->kind != ORR_FIELD_TABLE) continue;
        for (size_t k = 0; k < family->table->field_count; k++) {
            size_t at = (family->offset + family->table->fields[k].offset) / sizeof(double);
            assert_false(taken[at]);
            taken[at] = true;
            count++;
        }
    }
    assert_int_equal(count, sizeof taken / sizeof taken[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_field_is_cited), cmocka_unit_test(overlays_give_known_coefficients), cmocka_unit_test(fields_fill_the_struct) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
