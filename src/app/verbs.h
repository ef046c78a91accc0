/* The verbs. A new one is a file cmd_NAME.c that defines `const orr_verb orr_verb_NAME`, and a line here; order is that of the help. */
#ifndef ORR_APP_VERBS_H
#define ORR_APP_VERBS_H

#include "app/options.h"
#include "base/version.h"

#define ORR_VERBS(X) \
    X(predict) \
    X(recommend) \
    X(sweep) \
    X(explain) \
    X(check) \
    X(list) \
    X(show) \
    X(whatif) \
    X(ls) \
    X(merge) \
    X(compare) \
    X(pack) \
    X(verify) \
    X(validate) \
    X(calibrate) \
    X(fit_workload) \
    X(completion)

#define ORR_DECLARE_VERB(name) extern const orr_verb orr_verb_##name;
ORR_VERBS(ORR_DECLARE_VERB)

/* All of them, in order. */
const orr_verb *const *orr_verbs(size_t *count);

#endif
