/* Is the study's chip the measured one? Residuals carry over to a chip that is not quite it; how sure they are does not.
 *
 * A chip of the catalogue is altered where the study gives, of its own, a value that its speed depends on and that is not the catalogue's. A chip that the catalogue does not know is what its file says. */
#include "perf/system.h"

#include "base/text.h"
#include "spec/bind.h"

static const char *const sections[] = { "compute", "core", "cache", "memory", "link" };
enum { SECTIONS = sizeof sections / sizeof *sections };

static bool gives_speeds(const orr_study *study)
{
    static const char prefix[] = "hardware.chip.";
    for (size_t i = 0; i < study->provenance_count; i++) {
        const orr_provenance *given = &study->provenance[i];
        const char *path = given->path;
        const bool by_parts = given->origin == ORR_ORIGIN_TRANSFERRED && given->source_title == NULL;        /* stated by nobody: it follows the chip's parts */
        if ((given->origin != ORR_ORIGIN_STUDY && !by_parts) || !orr_text_starts_with(path, prefix)) continue;
        for (size_t k = 0; k < SECTIONS; k++)
            if (orr_text_starts_with(path + sizeof prefix - 1, sections[k])) return true;
    }
    return false;
}

static bool same_values(const orr_table *table, const void *a, const void *b)
{
    bool same = true;
    orr_text x = { 0 }, y = { 0 };
    for (size_t i = 0; same && i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        const double *at_a = (const double *)(const void *)((const char *)a + field->offset), *at_b = (const double *)(const void *)((const char *)b + field->offset);
        if (field->kind == ORR_FIELD_QUANTITY && !(*at_a < *at_b) && !(*at_a > *at_b)) continue;
        if (field->kind == ORR_FIELD_TABLE) {
            same = same_values(field->table, (const char *)a + field->offset, (const char *)b + field->offset);
        } else {
            orr_text_clear(&x);
            orr_text_clear(&y);
            const bool in_a = orr_field_write(field, a, &x), in_b = orr_field_write(field, b, &y);
            same = in_a == in_b && (!in_a || orr_text_equal(x.bytes, y.bytes));
        }
    }
    orr_text_free(&x);
    orr_text_free(&y);
    return same;
}

/* --- chips of the catalogue, bound when one is first asked for --- */

static const void *bind_chip(orr_arena *arena, const void *context)
{
    const orr_catalogue_entry *entry = context;
    orr_diags *diags = orr_diags_create();
    orr_chip *chip = ORR_NEW(arena, orr_chip);
    orr_binder binder = orr_binder_begin(arena, diags);
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_CHIP, entry->name, (orr_place){ 0 }, arena, diags);
    const bool good = tree != NULL && orr_bind_table(&binder, &orr_chip_table, tree, chip);
    orr_binder_end(&binder);
    orr_diags_destroy(diags);
    return good ? chip : NULL;
}

/* NULL: it is no chip without more (its values follow from its parts). */
static const orr_chip *catalogue_chip(const orr_catalogue_entry *entry)
{
    static orr_keeping places;
    return orr_catalogue_keep(&places, entry, bind_chip);
}

bool orr_chip_is_altered(const orr_study *study)
{
    const orr_catalogue_entry *entry = study->hardware.chip.name != NULL && gives_speeds(study) ? orr_catalogue_find(ORR_KIND_CHIP, study->hardware.chip.name) : NULL;
    if (entry == NULL) return false;
    const orr_chip *chip = catalogue_chip(entry);
    bool same = chip != NULL;
    for (size_t k = 0; same && k < SECTIONS; k++) {
        const orr_field *section = orr_table_find(&orr_chip_table, sections[k]);
        same = same_values(section->table, (const char *)&study->hardware.chip + section->offset, (const char *)chip + section->offset);
    }
    return !same;
}
