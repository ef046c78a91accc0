/* The JSON Schema: it parses, and holds every field of every table. */
#include "spec_support.h"

#include <string.h>
#include "spec/field.h"

static void expect_fields(const orr_node *root, const orr_node *definition, const orr_table *table)
{
    const orr_node *properties = orr_tree_get(definition, "properties");
    assert_non_null(properties);
    for (size_t i = 0; i < table->field_count; i++) {
        if (!orr_tree_get(properties, table->fields[i].name)) fail_msg("%s.%s is not in the schema", table->name, table->fields[i].name);
        if (table->fields[i].table) {
            const orr_node *inner = orr_tree_get(orr_tree_get(root, "$defs"), table->fields[i].table->name);
            assert_non_null(inner);
            expect_fields(root, inner, table->fields[i].table);
        }
    }
}

static void holds_every_field(void **state)
{
    (void)state;
    spec_fixture f = spec_begin();
    orr_text text = {0};
    orr_study_json_schema(&text);
    orr_source source = {.name = "schema", .bytes = text.bytes, .length_bytes = text.length_bytes};
    orr_node *root = orr_tree_parse(f.arena, &source, f.diags);
    spec_expect_clean(&f);
    expect_fields(root, root, &orr_study_table);
    /* every reference is defined */
    for (const char *at = text.bytes; (at = strstr(at, "\"#/$defs/"));) {
        at += strlen("\"#/$defs/");
        const char *name = orr_arena_strndup(f.arena, at, strcspn(at, "\""));
        assert_non_null(orr_tree_get(orr_tree_get(root, "$defs"), name));
    }
    orr_text_free(&text);
    spec_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holds_every_field)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
