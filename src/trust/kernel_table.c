#include "trust/kernel_table.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/vec.h"
#include "spec/bind.h"
#include "spec/catalogue.h"

static const orr_row_reader *const readers[] = {
    &orr_rows_gemm, &orr_rows_context_attention, &orr_rows_generation_attention, &orr_rows_context_mla, &orr_rows_generation_mla, &orr_rows_mla_context_module, &orr_rows_mla_generation_module, &orr_rows_mla_bmm, &orr_rows_moe, &orr_rows_nccl, &orr_rows_custom_allreduce, &orr_rows_deepep_normal, &orr_rows_deepep_ll, &orr_rows_gdn, &orr_rows_mamba2,
};

#define MOST_OF_ANYTHING 1e9        /* requests times contexts stay whole numbers of 64 bits */

/* --- cells --- */

double orr_row_number(const orr_sheet *sheet, size_t line, const char *column) { return orr_sheet_number(sheet, line, orr_sheet_column(sheet, column)); }

int64_t orr_row_count(const orr_sheet *sheet, size_t line, const char *column)
{
    const double value = orr_row_number(sheet, line, column);
    return value >= 0 && value <= MOST_OF_ANYTHING ? (int64_t)value : 0;
}

const char *orr_row_text(const orr_sheet *sheet, size_t line, const char *column) { return orr_sheet_text(sheet, line, orr_sheet_column(sheet, column)); }

void orr_row_prefills(const orr_sheet *sheet, size_t line, orr_kernel *kernel)
{
    kernel->new_tokens = orr_row_number(sheet, line, "isl");
    kernel->context_tokens = orr_row_number(sheet, line, "step");
}

void orr_row_decodes(const orr_sheet *sheet, size_t line, orr_kernel *kernel)
{
    kernel->new_tokens = 1;
    kernel->context_tokens = orr_row_number(sheet, line, "isl") + orr_row_number(sheet, line, "step");
}

bool orr_row_dtypes(const char *name, orr_dtype *weight, orr_dtype *compute)
{
    static const struct { const char *name; orr_dtype weight, compute; } formats[] = {
        {"half", ORR_DTYPE_FP16, ORR_DTYPE_FP16}, {"nvfp4", ORR_DTYPE_FP4, ORR_DTYPE_FP4}, {"int8_wo", ORR_DTYPE_INT8, ORR_DTYPE_BF16}, {"int4_wo", ORR_DTYPE_INT4, ORR_DTYPE_BF16}, {"sq", ORR_DTYPE_INT8, ORR_DTYPE_INT8},
        {"w4a16_mxfp4", ORR_DTYPE_FP4, ORR_DTYPE_BF16}, {"w4a8_mxfp4_mxfp8", ORR_DTYPE_FP4, ORR_DTYPE_FP8},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (orr_text_equal(formats[i].name, name)) { *weight = formats[i].weight; *compute = formats[i].compute; return true; }
    if (!orr_dtype_from_name(name, weight)) return false;
    *compute = *weight;
    return true;
}

/* --- chips --- */

static bool is_node_of(const orr_catalogue_entry *node, const orr_catalogue_entry *chip, orr_arena *arena, orr_diags *diags)
{
    const orr_node *tree = orr_catalogue_tree(ORR_KIND_NODE, node->name, (orr_place){0}, arena, diags), *named = tree != NULL ? orr_tree_get(tree, "chip") : NULL;
    return named != NULL && named->kind == ORR_NODE_SCALAR && orr_catalogue_find(ORR_KIND_CHIP, named->scalar) == chip;
}

static const orr_hardware *bind_hardware(const char *hardware, orr_arena *arena, orr_diags *diags)
{
    orr_source *source = ORR_NEW(arena, orr_source);
    source->name = "a kernel table's chip";
    source->bytes = orr_arena_printf(arena, "{schema: orrery/v1, model: meta-llama/Llama-3.1-8B-Instruct, hardware: %s, engine: {profile: ideal}, traffic: {source: fixed, input_tokens: 1, output_tokens: 1, load: {concurrency: 1}, stop: {requests: 1}}}", hardware);
    source->length_bytes = strlen(source->bytes);
    const orr_study_file *file = orr_study_file_read_source(arena, source, NULL, 0, diags);
    orr_study *study = ORR_NEW(arena, orr_study);
    return file != NULL && orr_study_bind(file, NULL, arena, study, diags) ? &study->hardware : NULL;
}

/* The chip in the first node of the catalogue that holds it, eight of them joined where none does. */
static const orr_hardware *hardware_of(const orr_catalogue_entry *chip, orr_arena *arena, orr_diags *diags)
{
    size_t count = 0;
    const orr_catalogue_entry *nodes = orr_catalogue_entries(ORR_KIND_NODE, &count);
    const char *hardware = orr_arena_printf(arena, "{chip: %s, chips: 8}", chip->name);
    for (size_t i = 0; i < count; i++)
        if (is_node_of(&nodes[i], chip, arena, diags)) { hardware = orr_arena_printf(arena, "{node: %s, nodes: 64}", nodes[i].name); break; }
    return bind_hardware(hardware, arena, diags);
}

/* A chip of the user's own, by its file: eight of them joined. A path without a sign that it is one (no slash, no suffix) gets it. */
static const orr_hardware *own_hardware(const char *path, orr_arena *arena, orr_diags *diags)
{
    if (orr_catalogue_find(ORR_KIND_CHIP, path) != NULL) return hardware_of(orr_catalogue_find(ORR_KIND_CHIP, path), arena, diags);
    return bind_hardware(orr_arena_printf(arena, "{chip: \"%s%s\", chips: 8}", orr_looks_like_path(path) ? "" : "./", path), arena, diags);
}

/* --- files --- */

static const orr_row_reader *reader_of(const char *operator_)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (orr_text_equal(readers[i]->operator_, operator_)) return readers[i];
    return NULL;
}

/* Splits CHIP/OPERATOR-ENGINE-VERSION.csv[.gz]; false when that is not its form (no engine then) or the operator is unknown. */
static bool take_name(const char *path, orr_kernel_table *table, orr_arena *arena)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const char *folder_end = slash != NULL ? slash : path, *folder = folder_end;
    while (folder > path && folder[-1] != '/') folder--;
    char *name = orr_arena_strdup(arena, file), *dot = strstr(name, ".csv");
    if (dot == NULL || (!orr_text_equal(dot, ".csv") && !orr_text_equal(dot, ".csv.gz"))) return false;
    *dot = '\0';
    char *engine = strchr(name, '-'), *version = engine != NULL ? strchr(engine + 1, '-') : NULL;
    if (engine == NULL) return false;
    *engine++ = '\0';
    if (version != NULL) *version++ = '\0';
    *table = (orr_kernel_table){.path = path, .operator_ = name, .chip = orr_arena_strndup(arena, folder, (size_t)(folder_end - folder)), .engine = engine, .version = version != NULL ? version : ""};
    return reader_of(name) != NULL;
}

/* --- rows --- */

static bool are_sizes(const double *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(sizes[i] >= 1 && sizes[i] <= MOST_OF_ANYTHING)) return false;
    return true;
}

#define ARE_SIZES(...) are_sizes((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* Has every size that its family's equations divide by or multiply with. */
static bool is_possible(const orr_kernel *k)
{
    const orr_mixer *mixer = &k->mixer;
    switch (k->family) {
    case ORR_KERNEL_GEMM: return ARE_SIZES(k->m, k->n, k->k);
    case ORR_KERNEL_MOE:
        return ARE_SIZES(k->tokens, k->width, k->tensor_ranks, k->expert_ranks, (double)k->ffn.experts, (double)k->ffn.experts_per_token, (double)k->ffn.expert_intermediate) && k->routing_alpha >= 0 && k->routing_alpha <= 100;
    case ORR_KERNEL_COLLECTIVE: return ARE_SIZES(k->ranks) && k->bytes > 0 && k->bytes <= 1e18;
    case ORR_KERNEL_DISPATCH: return ARE_SIZES(k->tokens, (double)k->dispatch.ranks, k->dispatch.experts, k->dispatch.per_token, k->dispatch.row_bytes) && k->dispatch.cores >= 0;
    case ORR_KERNEL_STATE_SCAN: case ORR_KERNEL_STATE_UPDATE:
        return ARE_SIZES(k->requests, k->new_tokens, (double)mixer->state_key_heads, (double)mixer->state_key_dim, (double)mixer->state_value_heads, (double)mixer->state_value_dim);
    default:
        return ARE_SIZES(k->requests, k->new_tokens, 1 + k->context_tokens, (double)mixer->heads, (double)mixer->kv_heads, (double)mixer->head_dim);
    }
}

bool orr_kernel_rows_read(const orr_sheet *sheet, const char *operator_, orr_kernel_table *table, orr_arena *arena, orr_diags *diags)
{
    const orr_row_reader *reader = reader_of(operator_);
    if (reader == NULL) { orr_diag_error(diags, (orr_place){0}, "%s: no table of \"%s\" is known", sheet->path, operator_); return false; }
    for (const char *const *column = reader->numbers; *column != NULL; column++)
        if (!orr_sheet_require_numbers(sheet, *column, diags)) return false;
    table->rows = ORR_NEW_ARRAY(arena, orr_kernel_row, sheet->row_count * reader->rows_per_line + 1);
    const int latency = orr_sheet_column(sheet, "latency_ms"), power = orr_sheet_column(sheet, "power_w"), limit = orr_sheet_column(sheet, "power_limit");
    for (size_t line = 0; line < sheet->row_count; line++)
        for (size_t which = 0; which < reader->rows_per_line; which++) {
            orr_kernel_row *row = &table->rows[table->row_count];
            *row = (orr_kernel_row){.measured_ns = orr_sheet_number(sheet, line, latency) * 1e6, .power_w = orr_sheet_number(sheet, line, power), .power_limit_w = orr_sheet_number(sheet, line, limit), .line = sheet->lines[line]};
            if (reader->read(sheet, line, which, row, arena) && is_possible(&row->kernel) && row->measured_ns > 0 && isfinite(row->measured_ns)) table->row_count++;
            else table->unread++;
        }
    return true;
}

typedef struct path_list { ORR_VEC(const char *) items; } path_list;

static int compare_paths(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static bool list_paths(const char *path, int depth, path_list *paths, orr_arena *arena, orr_diags *diags)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        orr_diag_error(diags, (orr_place){0}, "there is no file or folder \"%s\"", path);
        return false;
    }
    if (!S_ISDIR(info.st_mode)) { orr_vec_push(&paths->items, orr_arena_strdup(arena, path)); return true; }
    if (depth == 0) return true;
    DIR *folder = opendir(path);
    if (folder == NULL) { orr_diag_environment(diags, "can't read the folder %s: %s", path, strerror(errno)); return false; }
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') good = list_paths(orr_arena_printf(arena, "%s/%s", path, entry->d_name), depth - 1, paths, arena, diags);
    closedir(folder);
    return good;
}

static bool read_paths(const path_list *paths, const orr_hardware *own, orr_arena *arena, orr_kernel_tables *tables, orr_diags *diags)
{
    const char *known_name = NULL;
    const orr_hardware *known = NULL;
    for (size_t i = 0; i < paths->items.count; i++) {
        orr_kernel_table table = {0};
        if (!take_name(paths->items.items[i], &table, arena)) {
            if (table.engine != NULL) tables->unknown[tables->unknown_count++] = table.operator_;
            continue;
        }
        const orr_catalogue_entry *chip = own == NULL ? orr_catalogue_find(ORR_KIND_CHIP, table.chip) : NULL;
        if (own == NULL && chip == NULL) {
            orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s: the catalogue has no chip \"%s\"", table.path, table.chip);
            orr_diag_hint(diag, "A table stands in a folder named after its chip; `orrery list chip` tells the names; a chip of your own: --chip FILE.");
            return false;
        }
        const char *name = own != NULL ? own->chip.name : chip->name;
        if (!orr_text_equal(known_name, name)) known = own != NULL ? own : hardware_of(chip, arena, diags);
        known_name = table.chip = name;
        table.hardware = known;
        const orr_sheet *sheet = known != NULL ? orr_sheet_read(arena, table.path, diags) : NULL;
        if (sheet == NULL || !orr_kernel_rows_read(sheet, table.operator_, &table, arena, diags)) return false;
        tables->items[tables->count++] = table;
    }
    return true;
}

bool orr_kernel_tables_read(const char *path, orr_arena *arena, orr_kernel_tables *tables, orr_diags *diags) { return orr_kernel_tables_read_of(path, NULL, arena, tables, diags); }

bool orr_kernel_tables_read_of(const char *path, const char *chip_path, orr_arena *arena, orr_kernel_tables *tables, orr_diags *diags)
{
    *tables = (orr_kernel_tables){0};
    const orr_hardware *own = chip_path != NULL ? own_hardware(chip_path, arena, diags) : NULL;
    if (chip_path != NULL && own == NULL) return false;
    path_list paths = {0};
    bool good = list_paths(path, 3, &paths, arena, diags);
    if (paths.items.count > 0) qsort(paths.items.items, paths.items.count, sizeof *paths.items.items, compare_paths);
    tables->items = ORR_NEW_ARRAY(arena, orr_kernel_table, paths.items.count + 1);
    tables->unknown = ORR_NEW_ARRAY(arena, const char *, paths.items.count + 1);
    good = good && read_paths(&paths, own, arena, tables, diags);
    if (good && tables->count == 0) {
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, "%s holds no kernel table", path);
        orr_text known = {0};
        for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) orr_text_printf(&known, "%s%s", i > 0 ? ", " : "", readers[i]->operator_);
        orr_diag_hint(diag, "Tables are CHIP/OPERATOR-ENGINE-VERSION.csv or .csv.gz, for example h100-sxm/gemm-vllm-0.24.0.csv. Operators: %s.", known.bytes);
        orr_text_free(&known);
        good = false;
    }
    orr_vec_free(&paths.items);
    return good;
}
