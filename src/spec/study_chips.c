/* The chips of a deployment, kind by kind: what it is made of, what it is paid for, and what it is plugged into. */
#include <math.h>
#include "base/math.h"
#include "spec/study.h"

int64_t orr_study_replicas(const orr_study *study)
{
    if (study->serving.replicas > 0) return study->serving.replicas;
    return orr_max_i64(1, study->hardware.chip_count / orr_max_i64(1, orr_engine_own_chips(&study->engine)));      /* bound studies say how many */
}

int orr_study_chips(const orr_study *study, orr_chips *chips)
{
    const orr_attention_ffn *apart = &study->engine.attention_ffn;
    const orr_prefill *prefill = &study->serving.prefill;
    const int64_t replicas = orr_study_replicas(study), own = orr_engine_own_chips(&study->engine), ffn = orr_engine_chips(&study->engine) - own, prompts = orr_study_prefill_chips(study);
    const orr_groups *groups = &study->serving.groups;
    int count = 0;
    for (int64_t g = 0; g < groups->count; g++) chips[count++] = (orr_chips){&groups->items[g].hardware.chip, orr_group_chips(&groups->items[g])};
    if (groups->count == 0) chips[count++] = (orr_chips){&study->hardware.chip, replicas * own};
    if (ffn > 0) chips[count++] = (orr_chips){&apart->hardware.chip, replicas * ffn};
    if (prompts > 0) chips[count++] = (orr_chips){orr_prefill_has_hardware(prefill) ? &prefill->hardware.chip : &study->hardware.chip, prompts};
    if (orr_study_has_encoders(study)) chips[count++] = (orr_chips){&orr_study_encoder_hardware(study)->chip, study->serving.encoders.replicas};
    return count;
}

int64_t orr_study_gpus(const orr_study *study)
{
    orr_chips chips[ORR_MOST_CHIP_KINDS];
    int64_t sum = 0;
    for (int i = orr_study_chips(study, chips) - 1; i >= 0; i--) sum += chips[i].count;
    return sum;
}

bool orr_study_hardware_holds(const orr_study *study, int64_t *wanted)
{
    const bool shared = !orr_prefill_has_hardware(&study->serving.prefill);      /* prefill engines stand on the study's hardware */
    const orr_groups *groups = &study->serving.groups;
    int64_t own = groups->count > 0 ? 0 : orr_study_replicas(study) * orr_engine_own_chips(&study->engine);
    for (int64_t g = 0; g < groups->count; g++) own += groups->items[g].own_hardware ? 0 : orr_group_chips(&groups->items[g]);
    *wanted = own + (shared ? orr_study_prefill_chips(study) : 0) + (orr_encoders_have_hardware(&study->serving.encoders) ? 0 : study->serving.encoders.replicas);
    return *wanted <= study->hardware.chip_count;
}

/* NaN where a chip's is not known (0). */
static double sum_of(const orr_study *study, double (*of_chip)(const orr_chip *chip))
{
    orr_chips chips[ORR_MOST_CHIP_KINDS];
    const int count = orr_study_chips(study, chips);
    double sum = 0;
    for (int i = 0; i < count; i++) sum += of_chip(chips[i].chip) > 0 ? of_chip(chips[i].chip) * (double)chips[i].count : (double)NAN;
    return sum;
}

static double price_of(const orr_chip *chip) { return chip->price_usd_per_h; }
double orr_study_usd_per_h(const orr_study *study) { return sum_of(study, price_of); }
static double all_in_of(const orr_chip *chip) { return chip->all_in_w; }
double orr_study_all_in_w(const orr_study *study) { return sum_of(study, all_in_of); }

const orr_chip *orr_study_unpriced(const orr_study *study)
{
    orr_chips chips[ORR_MOST_CHIP_KINDS];
    const int count = orr_study_chips(study, chips);
    for (int i = 0; i < count; i++) if (!(chips[i].chip->price_usd_per_h > 0)) return chips[i].chip;
    return NULL;
}
