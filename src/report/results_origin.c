/* results.json: where the values come from, and the study with all of them in it. */
#include "report/results_json.h"

/* resolved.yaml as a tree, to look values up in; NULL when it can't be read back. */
static const orr_node *resolved_tree(const orr_text *yaml, orr_arena *arena)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    *source = (orr_source){"resolved.yaml", yaml->bytes, yaml->length_bytes};
    orr_diags *diags = orr_diags_create();
    const orr_node *tree = orr_tree_parse(arena, source, diags);
    orr_diags_destroy(diags);
    return tree;
}

static void put_one(orr_json *json, const orr_provenance *p, const orr_node *resolved)
{
    const orr_node *value = resolved ? orr_tree_find(resolved, p->path) : NULL;
    orr_json_object(json);
    orr_json_put_string(json, "path", p->path);
    orr_json_put_string(json, "value", value && value->kind == ORR_NODE_SCALAR ? value->scalar : NULL);
    orr_json_put_string(json, "origin", orr_origin_name(p->origin));
    orr_json_put_string(json, "source_title", p->source_title);
    orr_json_put_string(json, "source_url", p->source_url);
    orr_json_put_string(json, "source_date", p->source_date);
    orr_json_put_string(json, "note", p->note);
    orr_json_object_end(json);
}

void orr_results_put_provenance(orr_json *json, const orr_study *study, orr_arena *arena)
{
    orr_text yaml = {0};
    orr_study_resolved(study, &yaml);
    char *kept = orr_arena_strndup(arena, yaml.bytes ? yaml.bytes : "", yaml.length_bytes);
    const orr_text stable = {.bytes = kept, .length_bytes = yaml.length_bytes};
    orr_text_free(&yaml);
    const orr_node *resolved = stable.length_bytes > 0 ? resolved_tree(&stable, arena) : NULL;
    orr_json_key(json, "provenance");
    orr_json_array(json);
    for (size_t i = 0; i < study->provenance_count; i++) put_one(json, &study->provenance[i], resolved);
    orr_json_array_end(json);
    orr_json_put_string(json, "resolved_yaml", stable.bytes);
}
