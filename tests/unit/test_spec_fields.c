/* The tables themselves: unique names, defaults that obey their own bounds, and writing that reads back. */
#include "spec_support.h"

#include <string.h>
#include "spec/bind.h"
#include "spec/field.h"

static size_t size_of(const orr_table *table)
{
    if (table == &orr_study_table) return sizeof(orr_study);
    return sizeof(orr_study);       /* the largest: every section is a part of it */
}

static void check_table(orr_arena *arena, orr_diags *diags, const orr_table *table, void *base)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        assert_non_null(field->doc);
        for (size_t k = 0; k < i; k++)
            if (strcmp(table->fields[k].name, field->name) == 0) fail_msg("%s has %s twice", table->name, field->name);
        if (field->kind == ORR_FIELD_TABLE) check_table(arena, diags, field->table, (char *)base + field->offset);
        if (!field->default_text) continue;
        orr_binder binder = orr_binder_begin(arena, diags);
        orr_binder_enter(&binder, field->name);
        orr_node *node = orr_tree_new_scalar(arena, field->default_text, (orr_place){0});
        if (!orr_bind_value(&binder, field, node, base)) fail_msg("the default of %s.%s is refused", table->name, field->name);
        orr_text text = {0};
        if (orr_field_write(field, base, &text)) {
            orr_node *back = orr_tree_new_scalar(arena, orr_arena_strdup(arena, text.bytes), (orr_place){0});
            if (!orr_bind_value(&binder, field, back, base)) fail_msg("%s.%s writes %s, which it can't read", table->name, field->name, text.bytes);
        }
        orr_text_free(&text);
        orr_binder_end(&binder);
    }
}

static void tables_are_sound(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    size_t count = 0;
    const orr_table *const *tables = orr_tables(&count);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) check_table(f.arena, f.diags, tables[i], orr_arena_alloc(f.arena, size_of(tables[i])));
    spec_expect_clean(&f);
    spec_end(&f);
}

static void quantities_read_back(void **state)
{
    (void)state;
    static const double values[] = {0, 1, 3.35e12, 1.0 / 3.0, 81559.0 * 1024 * 1024, 123456789.123456789, 5e-324, 1e300, 0.1, 1978.9e12};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (int unit = 0; unit < ORR_UNIT_COUNT_; unit++) {
            orr_text text = {0};
            double back = -1;
            const char *problem = NULL;
            orr_quantity_write(values[i], (orr_unit)unit, &text);
            if (!orr_unit_parse(text.bytes, (orr_unit)unit, true, &back, &problem) || memcmp(&back, &values[i], sizeof back) != 0)
                fail_msg("%.17g %s is written %s and reads %.17g", values[i], orr_unit_name((orr_unit)unit), text.bytes, back);
            orr_text_free(&text);
        }
}

static void text_is_quoted_when_needed(void **state)
{
    (void)state;
    static const char *const words[] = {"plain", "with: colon", "# hash", "1.5", "true", "", " space", "a # b", "quote \" and \\", "null", "x,y", "Llama 3.1 70B", "- dash", "12 GB", "é"};
    orr_field field = {.name = "title", .kind = ORR_FIELD_TEXT};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        spec_fixture f = spec_begin();
        orr_text text = {0};
        orr_text_append(&text, "title: ");
        assert_true(orr_field_write(&field, &words[i], &text));
        orr_source source = {.name = "t", .bytes = text.bytes, .length_bytes = text.length_bytes};
        orr_node *tree = orr_tree_parse(f.arena, &source, f.diags);
        spec_expect_clean(&f);
        const char *back = NULL;
        orr_binder binder = orr_binder_begin(f.arena, f.diags);
        assert_true(orr_bind_value(&binder, &field, orr_tree_get(tree, "title"), &back));
        assert_string_equal(back, words[i]);
        orr_binder_end(&binder);
        orr_text_free(&text);
        spec_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables_are_sound), cmocka_unit_test(quantities_read_back), cmocka_unit_test(text_is_quoted_when_needed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
