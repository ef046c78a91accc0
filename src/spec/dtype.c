/* Data types of weights and caches: their bytes with scales, and their many names. */
#include "spec/model.h"

/* Scales: fp8_block one fp32 to 128 x 128; fp4 one byte to 16 (NVFP4; MXFP4 has one to 32); int4 one 16-bit to 32 (as Kimi publishes; GPTQ and AWQ have one to 128). Those of a channel or a tensor are too few to count. */
static const struct { const char *name; double bytes; } dtypes[ORR_DTYPE_COUNT_] = {
    [ORR_DTYPE_FP32] = {"fp32", 4.0},
    [ORR_DTYPE_BF16] = {"bf16", 2.0},
    [ORR_DTYPE_FP16] = {"fp16", 2.0},
    [ORR_DTYPE_FP8] = {"fp8", 1.0},
    [ORR_DTYPE_FP8_BLOCK] = {"fp8_block", 1.0 + 4.0 / (128.0 * 128.0)},
    [ORR_DTYPE_INT8] = {"int8", 1.0},
    [ORR_DTYPE_FP4] = {"fp4", 0.5 + 1.0 / 16.0},
    [ORR_DTYPE_INT4] = {"int4", 0.5 + 2.0 / 32.0},
};

static const struct { const char *name; orr_dtype dtype; } other_names[] = {
    {"float32", ORR_DTYPE_FP32},     {"float", ORR_DTYPE_FP32},        {"bfloat16", ORR_DTYPE_BF16},     {"float16", ORR_DTYPE_FP16},
    {"half", ORR_DTYPE_FP16},        {"float8", ORR_DTYPE_FP8},        {"fp8_e4m3", ORR_DTYPE_FP8},      {"float8_e4m3", ORR_DTYPE_FP8},
    {"float8_e4m3fn", ORR_DTYPE_FP8}, {"fp8_e5m2", ORR_DTYPE_FP8},     {"float8_e5m2", ORR_DTYPE_FP8},   {"w8a8", ORR_DTYPE_INT8},
    {"nvfp4", ORR_DTYPE_FP4},        {"mxfp4", ORR_DTYPE_FP4},         {"w4a16", ORR_DTYPE_INT4},
};

double orr_dtype_bytes(orr_dtype dtype) { return dtypes[dtype].bytes; }
const char *orr_dtype_name(orr_dtype dtype) { return dtypes[dtype].name; }

bool orr_dtype_from_name(const char *name, orr_dtype *dtype)
{
    for (int i = 0; i < ORR_DTYPE_COUNT_; i++)
        if (orr_text_equal_ignoring_case(dtypes[i].name, name)) { *dtype = (orr_dtype)i; return true; }
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (orr_text_equal_ignoring_case(other_names[i].name, name)) { *dtype = other_names[i].dtype; return true; }
    return false;
}
