/* resolved.yaml: one system with every value it depends on, written by the tables that read it.
 *
 * It is a study like any other: names are replaced by what they named, defaults are written out, and the origin of a value stands behind it as a comment. */
#include <stdio.h>
#include <string.h>
#include "spec/field.h"
#include "spec/study.h"

typedef struct writer { const orr_study *study; orr_text *out; char path[512]; size_t path_length; int depth; const orr_tenant *tenant; /* being written; NULL: none */ } writer;

static size_t enter(writer *w, const char *name)
{
    size_t mark = w->path_length, length = strlen(name);
    if (mark + length + 2 > sizeof w->path) length = sizeof w->path - mark - 2;
    if (mark) w->path[w->path_length++] = '.';
    memcpy(w->path + w->path_length, name, length);
    w->path_length += length;
    w->path[w->path_length] = 0;
    return mark;
}

static void leave(writer *w, size_t mark)
{
    w->path_length = mark;
    w->path[mark] = 0;
}

static const orr_provenance *provenance_at(const orr_study *study, const char *before, const char *path)
{
    const size_t length = strlen(before);
    for (size_t i = 0; i < study->provenance_count; i++)
        if (orr_text_starts_with(study->provenance[i].path, before) && strcmp(study->provenance[i].path + length, path) == 0) return &study->provenance[i];
    return NULL;
}

/* What a group leaves open is said where the study says it; with groups the study's engine is the first one's. */
static const orr_provenance *provenance_of(const writer *w)
{
    const orr_groups *groups = &w->study->serving.groups;
    const orr_provenance *said = NULL;
    for (int64_t g = groups->count - 1; g >= 0; g--) {
        char own[sizeof w->path];
        const int length = snprintf(own, sizeof own, "serving.groups.%s.", groups->items[g].name);
        if (orr_text_starts_with(w->path, own)) return (said = provenance_at(w->study, "", w->path)) ? said : provenance_at(w->study, "", w->path + length);
        if (g == 0 && orr_text_starts_with(w->path, "engine.")) said = provenance_at(w->study, own, w->path);
    }
    return said ? said : provenance_at(w->study, "", w->path);
}

/* Free text in a comment: one line. */
static void append_line(orr_text *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        char one = *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c;
        orr_text_append_bytes(out, &one, 1);
    }
}

static void write_origin(writer *w)
{
    const orr_provenance *p = provenance_of(w);
    if (!p) { orr_text_append(w->out, "    # derived"); return; }
    if (p->origin == ORR_ORIGIN_STUDY) return;
    orr_text_printf(w->out, "    # %s", orr_origin_name(p->origin));
    if (p->source_title) { orr_text_append(w->out, ": "); append_line(w->out, p->source_title); }
    if (p->source_date) { orr_text_append(w->out, ", "); append_line(w->out, p->source_date); }
}

static void indent(writer *w)
{
    for (int i = 0; i < w->depth; i++) orr_text_append(w->out, "  ");
}

static bool is_zero_limit(const orr_field *field, const char *at)
{
    double limit = 1;
    if (field->kind == ORR_FIELD_QUANTITY) memcpy(&limit, at, sizeof limit);
    return !(limit > 0);
}

/* A map as it stands. */
static void write_tree(writer *w, const char *key, const orr_node *kept)
{
    orr_text text = {0};
    if (!kept) return;
    orr_node tree = *kept;
    tree.key = NULL;
    tree.next = NULL;
    orr_tree_write_yaml(&tree, &text);
    indent(w);
    orr_text_printf(w->out, "%s:\n", key);
    for (const char *line = text.bytes; line && *line;) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        if (length) { indent(w); orr_text_append(w->out, "  "); }
        orr_text_append_bytes(w->out, line, length);
        orr_text_append(w->out, "\n");
        line += length + (end ? 1 : 0);
    }
    orr_text_free(&text);
}

/* Nothing is referred to: no name was bound. */
static bool is_absent(const orr_table *table, const char *base)
{
    const orr_field *name = orr_table_find(table, "name");
    const char *text = NULL;
    if (name && !(name->flags & ORR_FIELD_UNSTORED)) memcpy(&text, base + name->offset, sizeof text);
    const orr_field *chip = orr_table_find(table, "chip");
    if (!name && chip && chip->table) return is_absent(chip->table, base + chip->offset);      /* hardware */
    return !text;
}

/* Sections of serving that the system doesn't ask; and drafting of prefill engines, which is that of the decode engines. */
static bool is_left_out(const writer *w, const orr_field *field, const char *base)
{
    if (field->table == &orr_prefix_table && field->offset != 0) {      /* of the traffic itself: a profile writes it as its own */
        const orr_traffic *t = (const orr_traffic *)base;
        return t->kind != ORR_SOURCE_FIXED || !(t->workload.prefix_share > 0 || t->workload.shared_prefix_tokens > 0);
    }
    if (field->table == &orr_attention_ffn_table) return ((const orr_engine *)base)->attention_ffn.ffn_devices == 0;
    if (field->table == &orr_eagle_table) return ((const orr_speculation *)base)->method != ORR_SPECULATION_EAGLE;
    if (field->table == &orr_depth_table) return ((const orr_speculation *)base)->depth.policy == ORR_DEPTH_CONSTANT;
    if (field->table == &orr_sessions_table) return !orr_traffic_has_sessions((const orr_traffic *)base);
    if (field->table == &orr_images_table) return !(((const orr_traffic *)base)->images.share > 0);
    if (field->table == &orr_tools_table) return !(((const orr_traffic *)base)->sessions.tool_calls > 0);
    if (field->table == &orr_constraints_table) {
        const orr_constraints *c = &w->study->constraints;
        return c->chip_mm2 + c->die_mm2 + c->chip_tdp_w + c->chip_usd + c->gpus + c->power_w + c->usd_per_h == 0;
    }
    if (field->flags & ORR_FIELD_OPTIONAL && orr_text_ends_with(w->path, ".fabric.domain")) return ((const orr_fabric *)base)->domain.topology == ORR_DOMAIN_AS_NODE;
    if (field->flags & ORR_FIELD_OPTIONAL && orr_text_ends_with(w->path, ".fabric.network")) return ((const orr_fabric *)base)->network.topology == ORR_NETWORK_PLAIN;
    if (field->table == &orr_measure_table) return w->study->measure.replications == 0;
    if (field->table == &orr_window_table) return ((const orr_traffic *)base)->window_start_ns == 0 && ((const orr_traffic *)base)->window_end_ns == 0;
    if (field->table == &orr_mmpp_table) return ((const orr_traffic *)base)->load != ORR_LOAD_OPEN_MMPP;
    if (field->table == &orr_diurnal_table) return ((const orr_traffic *)base)->load != ORR_LOAD_OPEN_DIURNAL;
    if (field->table == &orr_spikes_table) return ((const orr_traffic *)base)->load != ORR_LOAD_OPEN_SPIKES;
    if (field->table == &orr_load_table) return w->tenant ? w->tenant->share > 0 : !orr_traffic_has_load((const orr_traffic *)base);
    if (field->table && orr_text_starts_with(w->path, "serving.") && !orr_study_asks(w->study, field->name)) return true;
    if (orr_study_has_groups(w->study) && (strcmp(w->path, "hardware") == 0 || strcmp(w->path, "serving.replicas") == 0)) return true;       /* each group's own */
    if (field->table == &orr_model_table && orr_text_starts_with(w->path, "serving.groups.")) return true;      /* all draft with one */
    return field->table == &orr_speculation_table && orr_text_starts_with(w->path, "serving.prefill.");
}

static void write_table(writer *w, const orr_table *table, const char *base);

/* A map of maps by name. */
static void write_tables(writer *w, const orr_field *field, const char *at)
{
    orr_named_items all;
    memcpy(&all, at, sizeof all);
    if (all.count == 0) return;
    const size_t name_offset = orr_table_find(field->table, "name")->offset;
    indent(w);
    orr_text_printf(w->out, "%s:\n", field->name);
    w->depth++;
    for (int64_t i = 0; i < all.count; i++) {
        const char *item = (const char *)all.items + (size_t)i * field->element_bytes, *name;
        memcpy(&name, item + name_offset, sizeof name);
        const size_t mark = enter(w, name);
        indent(w);
        orr_text_printf(w->out, "%s:\n", name);
        w->depth++;
        w->tenant = field->table == &orr_tenant_table ? (const orr_tenant *)(const void *)item : NULL;
        write_table(w, field->table, item);
        w->tenant = NULL;
        w->depth--;
        leave(w, mark);
    }
    w->depth--;
}

static void write_table(writer *w, const orr_table *table, const char *base)
{
    bool limits = strcmp(table->name, "limits") == 0;
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        const char *at = base + field->offset;
        size_t mark = enter(w, field->name);
        if (is_left_out(w, field, base)) {
            /* says nothing */
        } else if (field->table == &orr_model_table) {
            write_tree(w, field->name, at == (const char *)&w->study->model ? w->study->model_tree : w->study->draft_tree);
        } else if (field->kind == ORR_FIELD_TREE) {
            const orr_node *kept;
            memcpy(&kept, at, sizeof kept);
            write_tree(w, field->name, kept);
        } else if (field->kind == ORR_FIELD_TABLES) {
            write_tables(w, field, at);
        } else if (field->kind == ORR_FIELD_TABLE) {
            size_t before = w->out->length_bytes, header;
            if (!((field->flags & ORR_FIELD_REFERENCE) && is_absent(field->table, at))) {
                indent(w);
                orr_text_printf(w->out, "%s:\n", field->name);
                header = w->out->length_bytes;
                w->depth++;
                write_table(w, field->table, at);
                w->depth--;
                if (w->out->length_bytes == header) { w->out->length_bytes = before; w->out->bytes[before] = 0; }      /* an empty section says nothing */
            }
        } else if (!(limits && is_zero_limit(field, at))) {
            orr_text value = {0};
            if (orr_field_write(field, base, &value)) {
                indent(w);
                orr_text_printf(w->out, "%s: %s", field->name, value.bytes);
                write_origin(w);
                orr_text_append(w->out, "\n");
            }
            orr_text_free(&value);
        }
        leave(w, mark);
    }
}

void orr_study_resolved(const orr_study *study, orr_text *out)
{
    writer w = {.study = study, .out = out};
    orr_text_append(out, "# One system, every value written out. Behind a value: where it comes from (nothing: the study itself).\nschema: orrery/v1\n");
    write_table(&w, &orr_study_table, (const char *)study);
}
