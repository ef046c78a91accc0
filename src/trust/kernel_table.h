/* Measured kernel tables: CHIP/OPERATOR-ENGINE-VERSION.csv[.gz], each row a kernel of one rank and what it took.
 *
 * An operator's columns are read by one file (rows_NAME.c), which offers an orr_row_reader in the list of kernel_table.c. Invariants: 1. every row is either a kernel of possible sizes with a time above 0 or
 * counted as unread; 2. the chip is one of the catalogue, found by the folder's name, or the one whose file was given. */
#ifndef ORR_TRUST_KERNEL_TABLE_H
#define ORR_TRUST_KERNEL_TABLE_H

#include "perf/kernel.h"
#include "trust/sheet.h"

typedef struct orr_kernel_row {
    orr_kernel kernel;
    double measured_ns;
    double power_w, power_limit_w;          /* mean board power and its cap; NaN: not measured */
    const char *kind;                       /* what rows are told apart by beyond the family: "fp8_block", "bf16 kv fp8", "all_reduce" */
    size_t line;
} orr_kernel_row;

typedef struct orr_kernel_table {
    const char *path, *operator_, *chip /* the catalogue's name */, *engine, *version;
    const orr_hardware *hardware;           /* its chip, eight in a node, as the catalogue has it */
    orr_kernel_row *rows;
    size_t row_count, unread;               /* unread: rows whose kernel the model has no form for, whose sizes are none that a kernel can have, or whose time is no positive number */
} orr_kernel_table;

typedef struct orr_kernel_tables { orr_kernel_table *items; size_t count; const char **unknown; size_t unknown_count; /* operators of tables that were passed over */ } orr_kernel_tables;

/* Every table under `path` (a file, a chip's folder, or a folder of chips' folders) whose operator is known, in the order of their paths. False (reported) when there is none or one can't be read. */
bool orr_kernel_tables_read(const char *path, orr_arena *arena, orr_kernel_tables *tables, orr_diags *diags);
/* The same of one's own chip: every table there is of it, whatever its folder's name. */
bool orr_kernel_tables_read_of(const char *path, const char *chip_path, orr_arena *arena, orr_kernel_tables *tables, orr_diags *diags);

/* The rows of a sheet that the reader of `operator_` reads, into the table (operator_, path and chip are the caller's); false (reported) when a column is missing or no number, or the operator is unknown. */
bool orr_kernel_rows_read(const orr_sheet *sheet, const char *operator_, orr_kernel_table *table, orr_arena *arena, orr_diags *diags);

/* One operator's columns. `read` fills one row; false: no form of the model says it. */
typedef struct orr_row_reader {
    const char *operator_;                  /* as files are named: "gemm", "generation_attention" */
    const char *const *numbers;             /* columns that must be numbers, NULL-terminated */
    size_t rows_per_line;                   /* kernels that a line measures: 1, or more (dispatch and combine) */
    bool (*read)(const orr_sheet *sheet, size_t line, size_t which, orr_kernel_row *row, orr_arena *arena);
} orr_row_reader;

extern const orr_row_reader orr_rows_gemm, orr_rows_context_attention, orr_rows_generation_attention, orr_rows_context_mla, orr_rows_generation_mla, orr_rows_mla_context_module, orr_rows_mla_generation_module, orr_rows_mla_bmm, orr_rows_moe, orr_rows_nccl, orr_rows_custom_allreduce,
    orr_rows_deepep_normal, orr_rows_deepep_ll, orr_rows_gdn, orr_rows_mamba2;

/* Helpers of readers. */
double orr_row_number(const orr_sheet *sheet, size_t line, const char *column);        /* NaN when absent */
int64_t orr_row_count(const orr_sheet *sheet, size_t line, const char *column);         /* 0 when absent, or no count of anything (below 0, above 1e9) */
const char *orr_row_text(const orr_sheet *sheet, size_t line, const char *column);     /* "" when absent */
/* isl new tokens after `step` in the cache; one new token after both. */
void orr_row_prefills(const orr_sheet *sheet, size_t line, orr_kernel *kernel);
void orr_row_decodes(const orr_sheet *sheet, size_t line, orr_kernel *kernel);
/* Measured names of number formats: bfloat16, half, fp8, fp8_block, nvfp4, int8_wo, int4_wo, sq, w4a16_mxfp4, w4a8_...: what weights are stored in and what multiplies. */
bool orr_row_dtypes(const char *name, orr_dtype *weight, orr_dtype *compute);

#endif
