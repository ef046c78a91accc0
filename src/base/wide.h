/* Static functions whose loops over doubles are worth wider vectors where the processor has them: compiled twice, and chosen when the program starts (of others clang 14 makes names that nobody finds). The same operations on the same doubles (no fused multiply and add), so the
 * same bits. Elsewhere, and under sanitizers, it says nothing. */
#ifndef ORR_BASE_WIDE_H
#define ORR_BASE_WIDE_H

#include <stdlib.h>     /* __GLIBC__ */

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(ORR_CHECKS)
#define ORR_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define ORR_WIDE
#endif
/* What such a function calls in its loops becomes part of it. */
#define ORR_WITHIN static inline __attribute__((always_inline))

#endif
