/* Other processes that compute for this one, on this machine or on others. The first of them asks, the others serve: each thread of theirs is two hands, so that the next task
 * lies there when one is done.
 *
 * A task and its reply are bytes that both ends understand, because they are of the same program and hold the same study: `same`, a digest of both, is compared before any work. What carries the bytes is said by who makes the crew
 * (src/mpi). All of `ask` may be called by many threads at once, one for each hand. */
#ifndef ORR_LAB_CREW_H
#define ORR_LAB_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include "base/digest.h"

/* Does a task; the reply is orr_mem_resize's, for the caller to free. False: it can't, and whoever asks does it. */
typedef bool orr_crew_answer_fn(void *context, const void *task, size_t task_bytes, void **reply, size_t *reply_bytes);

typedef struct orr_crew orr_crew;
struct orr_crew {
    int rank, size;         /* of this process; 0 asks */
    /* Waits for the others; how many hands they have. `strangers`: processes that hold something else, and are left out. */
    size_t (*gather)(orr_crew *crew, const orr_digest *same, int *strangers);
    /* Waits for the reply; NULL where the hand could not. False: the process of that hand is lost. */
    bool (*ask)(orr_crew *crew, size_t hand, const void *task, size_t task_bytes, void **reply, size_t *reply_bytes);
    /* Serves with so many threads until the asker leaves. `same` NULL: this process can't help. */
    void (*serve)(orr_crew *crew, const orr_digest *same, int threads, orr_crew_answer_fn *answer, void *context);
    int (*lost)(orr_crew *crew);        /* processes, so far */
    void (*leave)(orr_crew *crew);      /* the asker's end, or a server's after `serve`; frees the crew */
};

#endif
