/* A kernel's shape as numbers: its family, and the logarithms of its sizes. What residuals are smooth in, and what "near a measured kernel" means. */
#ifndef ORR_PERF_KERNEL_SHAPE_H
#define ORR_PERF_KERNEL_SHAPE_H

#include "base/math.h"
#include "spec/residual_set.h"

typedef enum { ORR_SCAN_BY_COEFFICIENTS, ORR_SCAN_FUSED, ORR_SCAN_SEPARATE } orr_scan_kind;   /* a recurrent scan in one kernel, or in several */

enum { ORR_KERNEL_KIND_BYTES = 48 };

typedef struct orr_kernel_shape { int dims; double logs[ORR_KERNEL_DIMS]; } orr_kernel_shape;       /* log2(1 + size) each */

static inline void orr_kernel_shape_add(orr_kernel_shape *shape, double size) { shape->logs[shape->dims++] = orr_log2(1 + size); }

#endif
