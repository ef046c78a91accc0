/* Launches:  an operator = kernels x (floor + gap) + its work.
 *
 * floor = an empty kernel's own time (kernel.floor_kilocycles of the core clock: ramp up, drain; where the chip's dispatch of dependent kernels takes longer, that: work handed to several dies, their caches
 * written back at a kernel's end), gap = the engine's kernel_launch_ns, between kernels of a captured graph or a full queue. A step that no graph serves is launched one by one: the host runs ahead of the device, so that the device
 * waits only when all launches together (kernels x eager_launch_ns) take longer than all the work: the difference is one operator, "eager_launch".
 * Units: ns. Source: engine profile; checked in tests/unit/test_perf_step.c. Valid for in-order streams; several streams are not modelled. */
#include "perf/launch.h"

#include "base/math.h"

void orr_launch_prepare(orr_machine *machine, const orr_chip *chip, const orr_engine *engine)
{
    const double floor_ns = machine->coefficients->kernel_floor_kilocycles * machine->kilocycle_ns;
    machine->dispatch_excess_ns = orr_max(chip->core_dispatch_ns - floor_ns, 0);
    machine->kernel_ns = floor_ns + machine->dispatch_excess_ns + engine->kernel_launch_ns;
    machine->eager_ns = engine->eager_launch_ns;
}

void orr_launch_emit_eager(const orr_machine *machine, double device_ns, orr_sink *sink)
{
    double wait_ns = sink->kernels * machine->eager_ns - device_ns;
    if (wait_ns <= 0) return;
    orr_operator operator_ = { .name = "eager_launch", .times = 1, .binding = ORR_BIND_LATENCY, .shape = ORR_SHAPE_LAUNCH };
    operator_.size[0] = sink->kernels;
    operator_.cost.time_ns = wait_ns;
    orr_emit(sink, &operator_);
}
