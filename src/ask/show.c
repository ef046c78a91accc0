#include "ask/catalogue.h"

#include <inttypes.h>
#include <string.h>
#include "ask/show_parts.h"
#include "base/json.h"
#include "report/columns.h"
#include "spec/bind.h"
#include "spec/catalogue.h"
#include "spec/field.h"
#include "spec/model.h"

/* --- fields --- */

static void put_fields(orr_columns *columns, orr_json *json, orr_arena *arena, const orr_table *table, const char *prefix)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        if (field->flags & ORR_FIELD_HEAD) continue;
        orr_text type = {0};
        const char *path = orr_arena_printf(arena, "%s%s", prefix, field->name);
        orr_field_describe_type(field, &type);
        const char *fallback = field->flags & ORR_FIELD_REQUIRED ? "needed" : field->default_text ? field->default_text : "";
        orr_columns_row(columns, path, fallback, type.bytes, field->doc);
        orr_json_object(json);
        orr_json_put_string(json, "field", path);
        orr_json_put_bool(json, "needed", (field->flags & ORR_FIELD_REQUIRED) != 0);
        orr_json_put_string(json, "default", field->default_text);
        orr_json_put_string(json, "value", type.bytes ? type.bytes : "");
        orr_json_put_string(json, "meaning", field->doc);
        orr_json_object_end(json);
        orr_text_free(&type);
        if (field->table && !orr_table_by_name(field->table->name)) put_fields(columns, json, arena, field->table, orr_arena_printf(arena, "%s.", path));
    }
}

static void report_no_fields(const char *kind, orr_arena *arena, orr_diags *diags)
{
    size_t count = 0;
    const orr_table *const *tables = orr_tables(&count);
    const char **names = ORR_NEW_ARRAY(arena, const char *, count), *all = "";
    for (size_t i = 0; i < count; i++) all = orr_arena_printf(arena, "%s %s", all, names[i] = tables[i]->name);
    const char *near = orr_text_nearest(kind, names, count);
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "\"%s\" has no fields", kind);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"? These have:%s.", near, all);
    else orr_diag_hint(diag, "These have:%s.", all);
}

void orr_ask_fields(const char *kind, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_table *table = orr_table_by_name(kind);
    if (!table) { report_no_fields(kind, arena, diags); return; }
    orr_text out = {0}, text = {0};
    orr_columns *columns = orr_columns_begin(arena, 4);
    orr_json writer = orr_json_begin(&text, true), *json = &writer;
    orr_json_object(json);
    orr_json_put_string(json, "schema", "orrery-fields/v1");
    orr_json_put_string(json, "kind", table->name);
    orr_json_put_string(json, "meaning", table->doc);
    orr_json_key(json, "fields");
    orr_json_array(json);
    orr_columns_row(columns, "field", "default", "value", "meaning");
    put_fields(columns, json, arena, table, "");
    orr_json_array_end(json);
    orr_json_object_end(json);
    orr_text_append(&text, "\n");
    orr_text_printf(&out, "%s: %s\n\n", table->name, table->doc);
    orr_columns_write(columns, &out);
    answer->code = ORR_EXIT_DONE;
    orr_answer_of_bytes(answer, "fields.json", &text, &out, arena);
}

/* --- entries --- */

static const struct { const orr_table *table; size_t size_bytes; } bound_kinds[ORR_KIND_COUNT_] = {
    [ORR_KIND_MODEL] = {&orr_model_table, sizeof(orr_model)},   [ORR_KIND_CHIP] = {&orr_chip_table, sizeof(orr_chip)},
    [ORR_KIND_NODE] = {&orr_node_table, sizeof(orr_node_spec)}, [ORR_KIND_FABRIC] = {&orr_fabric_table, sizeof(orr_fabric)},
    [ORR_KIND_ENGINE] = {&orr_engine_table, sizeof(orr_engine)}, [ORR_KIND_WORKLOAD] = {&orr_workload_table, sizeof(orr_workload)},
    [ORR_KIND_STORE] = {&orr_store_table, sizeof(orr_store)}, [ORR_KIND_PROCESS] = {&orr_process_table, sizeof(orr_process)},
    [ORR_KIND_MEMORY] = {&orr_memory_technology_table, sizeof(orr_memory_technology)}, [ORR_KIND_LINK] = {&orr_link_technology_table, sizeof(orr_link_technology)},
    [ORR_KIND_SILICON] = {&orr_silicon_costs_table, sizeof(orr_silicon_costs)}, [ORR_KIND_COST] = {&orr_ownership_table, sizeof(orr_ownership)},
};

static void value_rows(orr_columns *columns, const orr_binder *binder, const orr_table *table, const void *base, const char *prefix)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const orr_field *field = &table->fields[i];
        const char *path = orr_arena_printf(binder->arena, "%s%s", prefix, field->name);
        if (field->kind == ORR_FIELD_TABLE) value_rows(columns, binder, field->table, (const char *)base + field->offset, orr_arena_printf(binder->arena, "%s.", path));
        if (field->kind == ORR_FIELD_TABLE || field->kind == ORR_FIELD_TREE || field->kind == ORR_FIELD_ANY || (field->flags & (ORR_FIELD_HEAD | ORR_FIELD_UNSTORED))) continue;
        const orr_provenance *provenance = NULL;
        for (size_t k = 0; k < binder->provenance.count; k++)
            if (strcmp(binder->provenance.items[k].path, path) == 0) provenance = &binder->provenance.items[k];
        if (!provenance) continue;
        orr_text value = {0};
        orr_field_write_short(field, base, &value);
        bool cited = provenance->origin != ORR_ORIGIN_STUDY;
        orr_columns_row(columns, path, value.bytes, cited ? orr_origin_name(provenance->origin) : NULL, provenance->source_date, provenance->source_title ? provenance->source_title : provenance->note);
        orr_text_free(&value);
    }
}

static const char *billions(orr_arena *arena, double count) { return orr_arena_printf(arena, "%.4g B", count / 1e9); }

static const char *mixer_text(orr_arena *arena, const orr_mixer *m)
{
    switch (m->kind) {
    case ORR_MIXER_NONE: return "no mixer";
    case ORR_MIXER_GQA:
        if (m->window_tokens) return orr_arena_printf(arena, "attention, %" PRId64 " heads, %" PRId64 " KV heads of %" PRId64 ", window %" PRId64, m->heads, m->kv_heads, m->head_dim, m->window_tokens);
        return orr_arena_printf(arena, "attention, %" PRId64 " heads, %" PRId64 " KV heads of %" PRId64, m->heads, m->kv_heads, m->head_dim);
    case ORR_MIXER_MLA:
        if (m->sparse_topk) return orr_arena_printf(arena, "latent attention, %" PRId64 " heads, rank %" PRId64 " + %" PRId64 ", top %" PRId64, m->heads, m->kv_lora_rank, m->qk_rope_dim, m->sparse_topk);
        return orr_arena_printf(arena, "latent attention, %" PRId64 " heads, rank %" PRId64 " + %" PRId64, m->heads, m->kv_lora_rank, m->qk_rope_dim);
    case ORR_MIXER_GDN: return orr_arena_printf(arena, "gated delta net, %" PRId64 " heads of %" PRId64 " x %" PRId64, m->state_value_heads, m->state_key_dim, m->state_value_dim);
    case ORR_MIXER_MAMBA2: return orr_arena_printf(arena, "Mamba-2, %" PRId64 " heads of %" PRId64 " x %" PRId64, m->state_value_heads, m->state_value_dim, m->state_key_dim);
    }
    return "";
}

static const char *ffn_text(orr_arena *arena, const orr_ffn *f)
{
    if (f->kind == ORR_FFN_NONE) return "no FFN";
    if (f->kind == ORR_FFN_DENSE) return orr_arena_printf(arena, "FFN of %" PRId64, f->intermediate);
    const char *shared = f->shared_intermediate ? orr_arena_printf(arena, ", shared %" PRId64, f->shared_intermediate) : "";
    return orr_arena_printf(arena, "%" PRId64 " experts of %" PRId64 ", %" PRId64 " a token%s", f->experts, f->expert_intermediate, f->experts_per_token, shared);
}

static void model_rows(orr_columns *columns, orr_arena *arena, const orr_model *model)
{
    orr_parameter_count count = orr_model_count_parameters(model);
    orr_kv_bytes kv = orr_model_kv_bytes(model, ORR_DTYPE_BF16);
    orr_text bytes = {0};
    orr_columns_row(columns, "architecture", model->architecture, NULL, NULL, NULL);
    for (int g = 0; g < model->group_count; g++)
        orr_columns_row(columns, "layers", orr_arena_printf(arena, "%" PRId64 " x %s; %s", model->groups[g].count, mixer_text(arena, &model->groups[g].mixer), ffn_text(arena, &model->groups[g].ffn)), NULL, NULL, NULL);
    orr_columns_row(columns, "hidden_size", orr_arena_printf(arena, "%" PRId64, model->hidden_size), NULL, NULL, NULL);
    orr_columns_row(columns, "vocab_size", orr_arena_printf(arena, "%" PRId64, model->vocab_size), NULL, NULL, NULL);
    orr_columns_row(columns, "context", orr_arena_printf(arena, "%" PRId64 " tokens", model->max_context_tokens), NULL, NULL, NULL);
    orr_columns_row(columns, "weights", orr_arena_printf(arena, "%s%s", orr_dtype_name(model->weight_dtype), model->quantize_experts_only ? " (experts only)" : ""), NULL, NULL, NULL);
    orr_columns_row(columns, "parameters", billions(arena, count.total), "counted", NULL, "from the shapes, without multi-token prediction and encoder");
    orr_columns_row(columns, "active", billions(arena, count.active), "counted", NULL, "what a token is multiplied with");
    if (count.mtp > 0) orr_columns_row(columns, "mtp", billions(arena, count.mtp), "counted", NULL, "multi-token prediction");
    if (model->encoder_parameters > 0) orr_columns_row(columns, "encoder", billions(arena, model->encoder_parameters), "counted", NULL, "vision tower and projector");
    if (model->vision.layers > 0) {
        const orr_vision *v = &model->vision;
        const orr_image_size size = orr_vision_image(v, 1024, 1024);
        orr_columns_row(columns, "vision", orr_arena_printf(arena, "%" PRId64 " layers of %" PRId64 ", %" PRId64 " heads, FFN of %" PRId64 "; patches of %" PRId64 " pixels", v->layers, v->width, v->heads, v->intermediate, v->patch), NULL, NULL, NULL);
        orr_columns_row(columns, "an image", orr_arena_printf(arena, "%" PRId64 " tokens, of %" PRId64 " patches", size.tokens, size.patches), "counted", NULL, "of 1024 x 1024 pixels");
    }
    orr_unit_format(kv.per_token_full, ORR_UNIT_BYTES, 4, &bytes);
    orr_columns_row(columns, "kv per token", bytes.bytes, "counted", NULL, "bf16, all layers");
    if (kv.per_token_windowed > 0) {
        orr_text_clear(&bytes);
        orr_unit_format(kv.per_token_windowed, ORR_UNIT_BYTES, 4, &bytes);
        orr_columns_row(columns, "", bytes.bytes, "counted", NULL, orr_arena_printf(arena, "and as much in windowed layers, up to %" PRId64 " tokens", model->context_cap_tokens));
    }
    if (kv.state_per_request > 0) {
        orr_text_clear(&bytes);
        orr_unit_format(kv.state_per_request, ORR_UNIT_BYTES, 4, &bytes);
        orr_columns_row(columns, "state", bytes.bytes, "counted", NULL, "recurrent, a request");
    }
    orr_text_free(&bytes);
}

static bool show_table(orr_catalogue_kind kind, const orr_node *tree, orr_arena *arena, orr_diags *diags, orr_text *out)
{
    const orr_table *table = bound_kinds[kind].table;
    if (!table) { orr_tree_write_yaml(tree, out); return true; }
    void *base = orr_arena_alloc(arena, bound_kinds[kind].size_bytes);
    orr_binder binder = orr_binder_begin(arena, diags);
    orr_columns *columns = orr_columns_begin(arena, 5);
    orr_chip_made made;
    const bool by_parts = kind == ORR_KIND_CHIP && orr_chip_has_parts(tree);
    orr_node *own = by_parts ? orr_tree_copy(arena, tree) : NULL;
    bool good = !by_parts || (orr_chip_read_parts(&binder, own, &made) && orr_chip_from_parts(&binder, own));
    good = good && orr_bind_table(&binder, table, by_parts ? own : tree, base);
    orr_columns_row(columns, "field", "value", "origin", "date", "source");
    value_rows(columns, &binder, table, base, "");
    if (good && kind == ORR_KIND_MODEL) {
        orr_model model;
        good = orr_model_from_hf(orr_tree_get(tree, "config"), ((orr_model *)base)->name, arena, &model, diags);
        if (good) model_rows(columns, arena, &model);
    }
    orr_columns_write(columns, out);
    if (good && by_parts) orr_show_parts(&made, base, arena, out);
    if (good && kind == ORR_KIND_FABRIC) orr_show_fabric(base, arena, out);
    orr_binder_end(&binder);
    return good;
}

static orr_node *find(const char *const *arguments, int count, orr_catalogue_kind *kind, orr_arena *arena, orr_diags *diags)
{
    const char *name = arguments[count - 1];
    for (int k = 0; k < ORR_KIND_COUNT_; k++) {
        *kind = (orr_catalogue_kind)k;
        bool wanted = count == 1 ? orr_catalogue_find(*kind, name) != NULL : strcmp(arguments[0], orr_catalogue_kind_name(*kind)) == 0;
        if (wanted) return orr_catalogue_tree(*kind, name, (orr_place){0}, arena, diags);
    }
    if (count == 2) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "unknown kind \"%s\"", arguments[0]);
        orr_diag_hint(diag, "The kinds are: model, chip, node, fabric, engine, workload, store, process, memory, link, silicon, cost, calibration.");
        return NULL;
    }
    ORR_VEC(const char *) names = {0};
    for (int k = 0; k < ORR_KIND_COUNT_; k++) {
        size_t entry_count = 0;
        const orr_catalogue_entry *entries = orr_catalogue_entries((orr_catalogue_kind)k, &entry_count);
        for (size_t i = 0; i < entry_count; i++) {
            orr_vec_push(&names, entries[i].name);
            for (size_t a = 0; a < entries[i].alias_count; a++) orr_vec_push(&names, entries[i].aliases[a]);
        }
    }
    const char *near = orr_text_nearest(name, names.items, names.count);
    orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "the catalogue has no \"%s\"", name);
    if (near) orr_diag_hint(diag, "Did you mean \"%s\"? `orrery list` shows them all.", near);
    else orr_diag_hint(diag, "`orrery list` shows what there is; a file of your own needs its kind: orrery show chip my-chip.yaml.");
    orr_vec_free(&names);
    return NULL;
}

void orr_ask_show(const char *const *names, size_t count, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    orr_catalogue_kind kind = ORR_KIND_MODEL;
    orr_text table = {0}, json = {0}, yaml = {0};
    *answer = (orr_answer){0};
    const orr_node *tree = orr_catalogue_load(diags) ? find(names, (int)count, &kind, arena, diags) : NULL;
    if (tree && show_table(kind, tree, arena, diags, &table) && orr_diags_error_count(diags) == 0) {
        orr_tree_write_json(tree, &json);
        orr_text_append(&json, "\n");
        orr_tree_write_yaml(tree, &yaml);
        answer->yaml = orr_arena_strdup(arena, yaml.bytes ? yaml.bytes : "");
        orr_answer_of_bytes(answer, "entry.json", &json, &table, arena);
    }
    answer->code = orr_exit_code(diags, ORR_EXIT_DONE);
    orr_text_free(&table);
    orr_text_free(&yaml);
}
