/* The parameters of a fleet that changes while it serves. What they mean in a run stands at the head of drive/fleet.h, and in decision 15. */
#include "spec/field.h"
#include "spec/study.h"

static const char *const kind_names[] = {[ORR_FAULT_FAIL] = "fail", [ORR_FAULT_DRAIN] = "drain", [ORR_FAULT_RECOVER] = "recover", [ORR_FAULT_SLOW] = "slow"};
static const char *const repair_names[] = {[ORR_REPAIR_FIXED] = "fixed", [ORR_REPAIR_EXPONENTIAL] = "exponential"};
static const char *const resend_names[] = {[ORR_RESEND_MIGRATE] = "migrate", [ORR_RESEND_RESTART] = "restart"};

#define TIME(key, type, member, fallback, flags_, text) {.name = key, .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(type, member), .max = 1e18, .default_text = fallback, .flags = flags_, .doc = text}

static const orr_field event_fields[] = {
    {.name = "name", .kind = ORR_FIELD_TEXT, .offset = offsetof(orr_fault_event, name), .doc = "of the event; its place in the list, where none is given"},
    {.name = "at", .kind = ORR_FIELD_QUANTITY, .unit = ORR_UNIT_NS, .offset = offsetof(orr_fault_event, at_ns), .max = 1e18, .flags = ORR_FIELD_REQUIRED | ORR_FIELD_SEARCHABLE, .doc = "on the clock of the traffic, which begins at 0"},
    {.name = "replica", .kind = ORR_FIELD_INT, .offset = offsetof(orr_fault_event, replica), .max = 1e6, .flags = ORR_FIELD_REQUIRED, .doc = "its number, from 0"},
    {.name = "kind", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_fault_event, kind), .names = kind_names, .name_count = 4, .flags = ORR_FIELD_REQUIRED,
     .doc = "fail: cache and steps in flight are gone; drain: takes no more requests, finishes those it has, and leaves; recover: is up, and as fast as at the start; slow: runs at `speed` from its next step on"},
    TIME("duration", orr_fault_event, duration_ns, "0 ns", ORR_FIELD_SEARCHABLE, "until it is as before; 0: until another event (fail: for mttr, where that is given)"),
    {.name = "speed", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_fault_event, speed), .min = 0.001, .max = 1000, .default_text = "0.5", .flags = ORR_FIELD_SEARCHABLE, .doc = "slow: steps take 1 / speed of the time"},
};
const orr_table orr_fault_event_table = {"fault_event", "what happens to a replica at a given time", ORR_FIELDS(event_fields)};

static const orr_field faults_fields[] = {
    TIME("mtbf", orr_faults, mtbf_ns, "0 ns", ORR_FIELD_SEARCHABLE, "mean time from a replica's coming up to its failure, exponential; 0: it fails by events alone"),
    TIME("gpu_mtbf", orr_faults, gpu_mtbf_ns, "0 ns", ORR_FIELD_SEARCHABLE, "the same of one GPU, any of which takes its replica with it: mtbf = gpu_mtbf / GPUs of a replica"),
    TIME("mttr", orr_faults, mttr_ns, "0 ns", ORR_FIELD_SEARCHABLE, "from a failure until the replica is up again, with an empty cache: the engine's start and loading its weights, or another node's"),
    {.name = "repair", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_faults, repair), .default_text = "fixed", .names = repair_names, .name_count = 2, .doc = "how long that takes: fixed: mttr each time; exponential: with that mean"},
    TIME("detection", orr_faults, detection_ns, "0 ns", ORR_FIELD_SEARCHABLE, "from a failure until it is noticed: the router goes on sending requests there, and those lost wait"),
    {.name = "redelivery", .kind = ORR_FIELD_ENUM, .offset = offsetof(orr_faults, redelivery), .default_text = "migrate", .names = resend_names, .name_count = 2, .flags = ORR_FIELD_SEARCHABLE,
     .doc = "of requests that were under way: migrate: elsewhere, with the tokens that their clients have, and the stream goes on (NVIDIA Dynamo's request migration); restart: the client asks again, and what it had is void"},
    {.name = "retry_limit", .kind = ORR_FIELD_INT, .offset = offsetof(orr_faults, retry_limit), .max = 1000000, .default_text = "3", .flags = ORR_FIELD_SEARCHABLE, .doc = "times that one request is sent again, beyond which it is lost (Dynamo's migration limit); 0: each failure loses what it had"},
    {.name = "events", .kind = ORR_FIELD_TABLES, .table = &orr_fault_event_table, .element_bytes = sizeof(orr_fault_event), .most = 10000, .offset = offsetof(orr_faults, events), .doc = "a script: what happens to which replica, and when"},
};
const orr_table orr_faults_table = {"faults", "replicas that fail, are drained, or run slow, and what becomes of their requests", ORR_FIELDS(faults_fields)};

static const orr_field autoscale_fields[] = {
    {.name = "target", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_autoscale, target), .max = 1e9, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE,
     .doc = "requests in flight that a replica should have: desired = requests in flight / target, rounded up (Kubernetes' HPA on that metric); 0: the fleet stays as large as it is"},
    {.name = "min", .kind = ORR_FIELD_INT, .offset = offsetof(orr_autoscale, min), .min = 1, .max = 1e6, .default_text = "1", .flags = ORR_FIELD_SEARCHABLE, .doc = "replicas, at least"},
    {.name = "initial", .kind = ORR_FIELD_INT, .offset = offsetof(orr_autoscale, initial), .max = 1e6, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "replicas at the start; 0: min"},
    TIME("interval", orr_autoscale, interval_ns, "15 s", ORR_FIELD_SEARCHABLE, "from one decision to the next (HPA's sync period)"),
    TIME("provisioning", orr_autoscale, provisioning_ns, "2 min", ORR_FIELD_SEARCHABLE, "from the decision until a replica serves: a node, the engine's start, loading its weights; it is paid for meanwhile"),
    TIME("scale_down_delay", orr_autoscale, scale_down_delay_ns, "5 min", ORR_FIELD_SEARCHABLE, "fewer only when no more have been wanted for so long (HPA's stabilization window)"),
    {.name = "tolerance", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_autoscale, tolerance), .max = 10, .default_text = "0.1", .flags = ORR_FIELD_SEARCHABLE, .doc = "nothing changes while requests in flight are within 1 +- this of the target"},
};
const orr_table orr_autoscale_table = {"autoscale", "replicas that come and go with the load", ORR_FIELDS(autoscale_fields)};

static const orr_field slow_fields[] = {
    {.name = "share", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_slow_replicas, share), .max = 1, .default_text = "0", .flags = ORR_FIELD_SEARCHABLE, .doc = "of the replicas, rounded to whole ones (at least one); which ones is drawn"},
    {.name = "speed", .kind = ORR_FIELD_QUANTITY, .offset = offsetof(orr_slow_replicas, speed), .min = 0.001, .max = 1000, .default_text = "0.7", .flags = ORR_FIELD_SEARCHABLE, .doc = "their steps take 1 / speed of the time; the router does not know"},
};
const orr_table orr_slow_table = {"slow_replicas", "replicas that run slow all the time (stragglers)", ORR_FIELDS(slow_fields)};
