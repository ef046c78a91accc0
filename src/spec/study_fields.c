/* The sections of a study, and the two that are small: the model's head and the objective. */
#include "spec/field.h"
#include "spec/study.h"

static const orr_field parameters_fields[] = {
    {.name = "total", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_model, published_parameters_total), .max = 1e16, .default_text = "0", .doc = "parameters as published; 0: not given"},
    {.name = "active", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_model, published_parameters_active), .max = 1e16, .default_text = "0", .doc = "parameters a token uses, as published; 0: not given"},
};
static const orr_table parameters_table = {"parameters", "published counts", ORR_FIELDS(parameters_fields)};

static const orr_field model_fields[] = {
    ORR_HEAD_FIELDS(orr_model),
    {.name = "parameters", .kind = ORR_FIELD_TABLE, .table = &parameters_table, .doc = "published counts, which the shapes are checked against"},
    {.name = "config", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_REQUIRED, .doc = "config.json as published on Hugging Face"},
};
const orr_table orr_model_table = {"model", "a model: its Hugging Face config.json", ORR_FIELDS(model_fields)};

/* Two names for one enum: each direction knows its own. */
static const char *const minimize_names[] = {"usd_per_million_output_tokens", NULL, "joules_per_output_token", "gpus", NULL, NULL};
static const char *const maximize_names[] = {NULL, "output_tokens_per_s_per_gpu", NULL, NULL, "goodput", "output_tokens_per_s_per_mw"};
static const orr_field objective_fields[] = {
    {.name = "minimize", .kind = ORR_FIELD_ENUM, .offset = 0, .names = minimize_names, .name_count = 6, .doc = "what a better system has less of (the default: usd_per_million_output_tokens)"},
    {.name = "maximize", .kind = ORR_FIELD_ENUM, .offset = 0, .names = maximize_names, .name_count = 6, .doc = "what a better system has more of"},
};
const orr_table orr_objective_table = {"objective", "what recommend looks for, among systems that keep the SLO", ORR_FIELDS(objective_fields)};


#define SECTION(key, table_, member, flags_, text) {.name = #key, .kind = ORR_FIELD_TABLE, .table = &table_, .offset = offsetof(orr_study, member), .flags = flags_, .doc = text}
static const char *const calibration_names[] = {"calibrated", "universal"};
static const orr_field study_fields[] = {
    {.name = "schema", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED, .doc = "orrery/v1"},
    {.name = "title", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_study, title), .doc = "one line for people"},
    SECTION(model, orr_model_table, model, ORR_FIELD_REQUIRED | ORR_FIELD_REFERENCE | ORR_FIELD_SEARCHABLE, "a model of the catalogue, or the path of an HF config.json"),
    SECTION(hardware, orr_hardware_table, hardware, ORR_FIELD_OPTIONAL, "nodes and chips; may be left out where every group of replicas has its own"),
    SECTION(engine, orr_engine_table, engine, 0, "settings of one engine"),
    SECTION(serving, orr_serving_table, serving, 0, "replicas and routing"),
    SECTION(traffic, orr_traffic_table, traffic, ORR_FIELD_REQUIRED, "what arrives, and when"),
    SECTION(slo, orr_slo_table, slo, 0, "limits to keep"),
    SECTION(objective, orr_objective_table, objective, 0, "what to look for"),
    SECTION(constraints, orr_constraints_table, constraints, ORR_FIELD_OPTIONAL, "upper limits on chips and deployment: recommend takes no system that breaks one"),
    SECTION(cost, orr_ownership_table, cost, ORR_FIELD_REFERENCE | ORR_FIELD_OPTIONAL | ORR_FIELD_SEARCHABLE, "what an hour of a chip costs its owner (`orrery list cost`), in place of chip.price.per_hour"),
    SECTION(measure, orr_measure_table, measure, ORR_FIELD_OPTIONAL, "what of a run is measured, and how often"),
    {.name = "calibration", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_study, calibration), .default_text = "calibrated", .names = calibration_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE, .doc = "calibrated: the universal model, corrected by the chip's measured kernels where there are any; universal: uncorrected"},
    {.name = "coefficients", .kind = ORR_FIELD_TREE, .offset = offsetof(orr_study, coefficients_tree), .flags = ORR_FIELD_REFERENCE, .doc = "one's own universal coefficients, as `orrery calibrate TABLES -o FILE` writes them; the catalogue's residuals, which correct the catalogue's coefficients, are then left out"},
    {.name = "seed", .kind = ORR_FIELD_INT, .offset = offsetof(orr_study, seed), .max = 9007199254740992.0, .default_text = "1", .doc = "root of all chance"},
    {.name = "sources", .kind = ORR_FIELD_ANY, .flags = ORR_FIELD_UNSTORED | ORR_FIELD_HEAD, .doc = "what cited values of this file refer to"},
};
const orr_table orr_study_table = {"study", "one system, or a space of systems where domains stand", ORR_FIELDS(study_fields)};
