/* Which dtype weights are stored in, and which the products run in.
 *
 * Weights may be stored in fewer bits than the chip multiplies: they are then widened on the way in and products run in bf16 (weight-only quantisation, as Marlin kernels do).
 * int4 is always so. A model published in fp8 blocks stays in blocks when fp8 is asked for: nobody quantises twice. */
#include "spec/study_internal.h"

#include "spec/engine.h"

double orr_chip_rate(const orr_chip *chip, orr_dtype dtype)
{
    switch (dtype) {
    case ORR_DTYPE_FP32: return chip->tf32_flop_per_s > 0 ? chip->tf32_flop_per_s : chip->vector_flop_per_s;
    case ORR_DTYPE_BF16: return chip->bf16_flop_per_s;
    case ORR_DTYPE_FP16: return chip->fp16_flop_per_s;
    case ORR_DTYPE_FP8:
    case ORR_DTYPE_FP8_BLOCK: return chip->fp8_flop_per_s;
    case ORR_DTYPE_INT8: return chip->int8_flop_per_s;
    case ORR_DTYPE_FP4: return chip->fp4_flop_per_s;
    case ORR_DTYPE_INT4:
    case ORR_DTYPE_COUNT_: break;
    }
    return 0;
}

bool orr_engine_resolve_dtypes(const orr_model *model, const orr_chip *chip, orr_engine *engine)
{
    orr_dtype weights = model->weight_dtype;
    if (!orr_text_equal(engine->quantization, "none")) orr_dtype_from_name(engine->quantization, &weights);
    if (weights == ORR_DTYPE_FP8 && model->weight_dtype == ORR_DTYPE_FP8_BLOCK) weights = ORR_DTYPE_FP8_BLOCK;
    orr_dtype wide = chip->bf16_flop_per_s > 0 || !(chip->fp16_flop_per_s > 0) ? ORR_DTYPE_BF16 : ORR_DTYPE_FP16;
    orr_dtype narrow = weights == ORR_DTYPE_FP8_BLOCK ? ORR_DTYPE_FP8 : weights;
    engine->weight_dtype = weights;
    engine->compute_dtype = weights != ORR_DTYPE_INT4 && orr_chip_rate(chip, narrow) > 0 ? narrow : wide;
    if (engine->kv_cache_dtype == ORR_DTYPE_COUNT_) engine->kv_cache_dtype = ORR_DTYPE_BF16;
    return orr_chip_rate(chip, engine->compute_dtype) > 0;
}
