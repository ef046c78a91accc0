/* A crew over MPI (lab/crew.h): the plugin build/orrery-mpi.so, which the command line loads where it was started by mpirun or srun (app/crew.c), so that nobody else needs MPI.
 *
 * One thread of each process speaks MPI: it sends what others put out as soon as they do, and looks for what comes, less and less often while nothing does (NAP_LEAST_NS to NAP_MOST_NS), for Open MPI's own waiting takes a whole core. Messages, told apart by their tag:
 *
 *     HELLO   server -> asker     its digest and how many threads it has (0: it can't help)
 *     TASK    asker -> server     the hand's number, the task
 *     REPLY   server -> asker     the hand's number, 1 or 0 (it could not), the reply
 *     BEAT    to and fro          each BEAT_S: still here
 *     CLOSE   asker -> server     1: somebody was lost; else 0
 *
 * A process that was not heard of for LOST_S is lost; who waits for it learns so. That matters where the rest lives on (mpirun --enable-recovery); else mpirun ends all, and the store has what was done. After a loss nobody waits in
 * MPI_Finalize for those who can't come, nor for those who don't wait. Servers whose asker is lost are done. */
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/vec.h"
#include "base/wire.h"
#include "lab/crew.h"

#define NAP_LEAST_NS 50000
#define NAP_MOST_NS 4000000
#define BEAT_S 0.5
#define LOST_S 5.0
#define HELLO_S 120.0      /* to read what they are about */
enum { HELLO = 1, TASK, REPLY, BEAT, CLOSE };
enum { HANDS_EACH = 2, HEAD_BYTES = 16, HELLO_BYTES = ORR_DIGEST_BYTES + 8 };

typedef struct message { int peer, tag; uint8_t *bytes; size_t count; MPI_Request request; bool sent; } message;

/* What one task at a time is given to: two for each thread of another process (lab/crew.h), told apart by their numbers. */
typedef struct hand { int peer; uint64_t number; bool replied, could; uint8_t *reply; size_t reply_bytes; } hand;

typedef struct peer { double heard_s; bool spoke, greeted, lost; orr_digest same; uint64_t threads; } peer;

typedef struct mpi_crew {
    orr_crew crew;
    pthread_mutex_t lock;           /* of all that follows */
    pthread_cond_t news;            /* a reply, a task, a hello, a loss, the end */
    pthread_cond_t wanted;          /* something is put out, for the speaker */
    pthread_t speaker;
    bool speaks, closing, bereaved;     /* bereaved: a server that was told of a loss */
    peer *peers;
    hand *hands; size_t hand_count;
    ORR_VEC(message) out, coming, in;       /* what is being sent and received; tasks that no thread has taken yet */
    orr_crew_answer_fn *answer; void *context;      /* of a server */
} mpi_crew;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Until something is put out, but no longer than that. True: something was. */
static bool nap(mpi_crew *c, long nap_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += nap_ns;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return pthread_cond_timedwait(&c->wanted, &c->lock, &until) == 0;
}

/* --- what is sent: under the lock --- */

/* `bytes` now belong to the message. */
static void put_out(mpi_crew *c, int to, int tag, uint8_t *bytes, size_t count)
{
    const message m = {.peer = to, .tag = tag, .bytes = bytes, .count = count};
    orr_vec_push(&c->out, m);
    pthread_cond_signal(&c->wanted);
}

static uint8_t *with_head(uint64_t first, uint64_t second, const void *bytes, size_t count)
{
    uint8_t *all = orr_mem_resize(NULL, HEAD_BYTES + count);
    orr_wire_fixed(all, first, 8);
    orr_wire_fixed(all + 8, second, 8);
    if (count > 0) memcpy(all + HEAD_BYTES, bytes, count);
    return all;
}

/* Begins what waits, forgets what has arrived. False: nothing is on its way. */
static bool send_out(mpi_crew *c)
{
    size_t left = 0;
    for (size_t i = 0; i < c->out.count; i++) {
        message *m = &c->out.items[i];
        int done = 0;
        if (!m->sent) MPI_Isend(m->bytes, (int)m->count, MPI_BYTE, m->peer, m->tag, MPI_COMM_WORLD, &m->request);
        m->sent = true;
        MPI_Test(&m->request, &done, MPI_STATUS_IGNORE);
        if (done) orr_mem_free(m->bytes);
        else c->out.items[left++] = *m;
    }
    c->out.count = left;
    return left > 0;
}

/* --- what comes: under the lock --- */

static void take_reply(mpi_crew *c, const message *m)
{
    if (m->count < HEAD_BYTES) return;
    const uint64_t number = orr_wire_read_fixed(m->bytes, 8);
    for (size_t i = 0; i < c->hand_count; i++) {
        hand *h = &c->hands[i];
        if (h->peer != m->peer || h->number != number) continue;
        h->could = orr_wire_read_fixed(m->bytes + 8, 8) == 1;
        h->reply_bytes = m->count - HEAD_BYTES;
        h->reply = memcpy(orr_mem_resize(NULL, h->reply_bytes + 1), m->bytes + HEAD_BYTES, h->reply_bytes);
        h->replied = true;
    }
}

static void take_message(mpi_crew *c, message *m)
{
    peer *from = &c->peers[m->peer];
    from->heard_s = now_s();
    from->spoke = true;
    if (m->tag == HELLO && m->count == HELLO_BYTES) {
        memcpy(from->same.bytes, m->bytes, ORR_DIGEST_BYTES);
        from->threads = orr_wire_read_fixed(m->bytes + ORR_DIGEST_BYTES, 8);
        from->greeted = true;
    } else if (m->tag == REPLY) {
        take_reply(c, m);
    } else if (m->tag == CLOSE) {
        c->closing = true;
        c->bereaved = m->count > 0 && m->bytes[0] != 0;
    } else if (m->tag == TASK && m->count >= HEAD_BYTES) {
        orr_vec_push(&c->in, *m);
        m->bytes = NULL;
    }
    orr_mem_free(m->bytes);
}

/* Begins to receive what is announced. Never waits for the rest of it: who sends may be killed halfway. */
static void begin_receiving(mpi_crew *c)
{
    for (;;) {
        int there = 0, count = 0;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
        if (!there) return;
        MPI_Get_count(&status, MPI_BYTE, &count);
        message m = {.peer = status.MPI_SOURCE, .tag = status.MPI_TAG, .bytes = orr_mem_resize(NULL, (size_t)count + 1), .count = (size_t)count};
        MPI_Irecv(m.bytes, count, MPI_BYTE, m.peer, m.tag, MPI_COMM_WORLD, &m.request);
        orr_vec_push(&c->coming, m);
    }
}

/* From now on nobody waits for it. A server without its asker is done. */
static void lose(mpi_crew *c, int p)
{
    c->peers[p].lost = true;
    c->closing |= c->crew.rank > 0;
}

/* True: a message is here as a whole, or won't ever be, and its sender is lost. */
static bool receive(mpi_crew *c)
{
    begin_receiving(c);
    bool any = false;
    size_t left = 0;
    for (size_t i = 0; i < c->coming.count; i++) {
        message m = c->coming.items[i];
        int done = 0;
        const bool failed = MPI_Test(&m.request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS;
        if (failed) {
            lose(c, m.peer);
            orr_mem_free(m.bytes);
        } else if (done) {
            take_message(c, &m);
        } else {
            c->coming.items[left++] = m;
        }
        any |= done || failed;
    }
    c->coming.count = left;
    return any;
}

/* --- the speaker --- */

static int count_lost(const mpi_crew *c)
{
    int count = 0;
    for (int p = 0; p < c->crew.size; p++) count += c->peers[p].lost;
    return count;
}

/* The asker watches all, a server the asker. */
static int watched_from(const mpi_crew *c) { return c->crew.rank == 0 ? 1 : 0; }
static int watched_to(const mpi_crew *c) { return c->crew.rank == 0 ? c->crew.size : 1; }

static bool find_lost(mpi_crew *c)
{
    bool any = false;
    for (int p = watched_from(c); p < watched_to(c); p++) {
        const peer *at = &c->peers[p];
        if (at->lost || now_s() - at->heard_s < (at->spoke ? LOST_S : HELLO_S)) continue;
        lose(c, p);
        any = true;
    }
    return any;
}

static void *speak(void *context)
{
    mpi_crew *c = context;
    double beaten_s = now_s();
    long nap_ns = NAP_LEAST_NS;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        const bool beats = now_s() - beaten_s > BEAT_S;
        for (int p = watched_from(c); p < watched_to(c) && beats; p++) if (!c->peers[p].lost) put_out(c, p, BEAT, NULL, 0);
        if (beats) beaten_s = now_s();
        const bool sending = send_out(c), heard = receive(c), lost = find_lost(c), news = heard || lost;
        if (news) pthread_cond_broadcast(&c->news);
        if (c->closing && ((!sending && c->coming.count == 0) || count_lost(c) > 0)) break;
        nap_ns = news ? NAP_LEAST_NS : 2 * nap_ns < NAP_MOST_NS ? 2 * nap_ns : NAP_MOST_NS;
        if (nap(c, nap_ns)) nap_ns = NAP_LEAST_NS;
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* From now on, others should be heard of. */
static void greet(mpi_crew *c) { for (int p = 0; p < c->crew.size; p++) c->peers[p].heard_s = now_s(); }

static void begin_speaking(mpi_crew *c)
{
    greet(c);
    c->speaks = pthread_create(&c->speaker, NULL, speak, c) == 0;
}

/* --- the asker --- */

static size_t gather(orr_crew *crew, const orr_digest *same, int *strangers)
{
    mpi_crew *c = (mpi_crew *)crew;
    begin_speaking(c);
    pthread_mutex_lock(&c->lock);
    size_t hands = 0;
    for (int p = 1; p < crew->size && c->speaks; p++) {
        peer *at = &c->peers[p];
        while (!at->greeted && !at->lost) pthread_cond_wait(&c->news, &c->lock);
        if (at->lost) continue;
        if (at->threads == 0 || !orr_digest_equal(&at->same, same)) {
            ++*strangers;
            continue;
        }
        c->hands = orr_mem_resize(c->hands, (hands + HANDS_EACH * at->threads) * sizeof *c->hands);
        for (uint64_t t = 0; t < HANDS_EACH * at->threads; t++) c->hands[hands++] = (hand){.peer = p, .number = t};
    }
    c->hand_count = hands;
    pthread_mutex_unlock(&c->lock);
    return hands;
}

static bool ask(orr_crew *crew, size_t which, const void *task, size_t task_bytes, void **reply, size_t *reply_bytes)
{
    mpi_crew *c = (mpi_crew *)crew;
    pthread_mutex_lock(&c->lock);
    hand *h = &c->hands[which];
    const peer *at = &c->peers[h->peer];
    h->replied = false;
    if (!at->lost) put_out(c, h->peer, TASK, with_head(h->number, 0, task, task_bytes), HEAD_BYTES + task_bytes);
    while (!h->replied && !at->lost) pthread_cond_wait(&c->news, &c->lock);
    const bool there = h->replied;
    *reply = there && h->could ? h->reply : NULL;
    *reply_bytes = *reply ? h->reply_bytes : 0;
    if (there && !h->could) orr_mem_free(h->reply);
    pthread_mutex_unlock(&c->lock);
    return there;
}

static int lost(orr_crew *crew)
{
    mpi_crew *c = (mpi_crew *)crew;
    pthread_mutex_lock(&c->lock);
    const int count = count_lost(c);
    pthread_mutex_unlock(&c->lock);
    return count;
}

/* --- the server --- */

static void *serve_tasks(void *context)
{
    mpi_crew *c = context;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (c->in.count == 0 && !c->closing) pthread_cond_wait(&c->news, &c->lock);
        if (c->closing) break;
        const message m = c->in.items[0];
        memmove(c->in.items, c->in.items + 1, --c->in.count * sizeof m);
        pthread_mutex_unlock(&c->lock);
        void *reply = NULL;
        size_t reply_bytes = 0;
        const bool could = c->answer(c->context, m.bytes + HEAD_BYTES, m.count - HEAD_BYTES, &reply, &reply_bytes);
        pthread_mutex_lock(&c->lock);
        put_out(c, 0, REPLY, with_head(orr_wire_read_fixed(m.bytes, 8), could, reply, could ? reply_bytes : 0), HEAD_BYTES + (could ? reply_bytes : 0));
        orr_mem_free(reply);
        orr_mem_free(m.bytes);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void serve(orr_crew *crew, const orr_digest *same, int threads, orr_crew_answer_fn *answer, void *context)
{
    mpi_crew *c = (mpi_crew *)crew;
    pthread_mutex_lock(&c->lock);
    c->answer = answer;
    c->context = context;
    pthread_t *helpers = orr_mem_resize(NULL, (size_t)(threads + 1) * sizeof *helpers);
    int begun = 0;
    while (same && begun < threads && pthread_create(&helpers[begun], NULL, serve_tasks, c) == 0) begun++;
    uint8_t *hello = orr_mem_resize(NULL, HELLO_BYTES);
    memset(hello, 0, HELLO_BYTES);
    if (same) memcpy(hello, same->bytes, ORR_DIGEST_BYTES);
    orr_wire_fixed(hello + ORR_DIGEST_BYTES, (uint64_t)begun, 8);
    put_out(c, 0, HELLO, hello, HELLO_BYTES);
    greet(c);
    pthread_mutex_unlock(&c->lock);
    speak(c);
    for (int i = 0; i < begun; i++) pthread_join(helpers[i], NULL);
    orr_mem_free(helpers);
}

/* --- the whole --- */

static void leave(orr_crew *crew)
{
    mpi_crew *c = (mpi_crew *)crew;
    if (crew->rank == 0) {
        if (!c->speaks) begin_speaking(c);
        pthread_mutex_lock(&c->lock);
        const int lost_count = count_lost(c);
        for (int p = 1; p < crew->size; p++) {
            if (c->peers[p].lost) continue;
            uint8_t *told = orr_mem_resize(NULL, 1);
            *told = lost_count > 0;
            put_out(c, p, CLOSE, told, 1);
        }
        c->closing = true;
        pthread_cond_signal(&c->wanted);
        pthread_mutex_unlock(&c->lock);
        pthread_join(c->speaker, NULL);
    }
    if (lost(crew) == 0 && !c->bereaved) MPI_Finalize();
    for (size_t i = 0; i < c->in.count; i++) orr_mem_free(c->in.items[i].bytes);
    orr_vec_free(&c->in);
    orr_vec_free(&c->coming);       /* what the lost had begun to send stays where MPI would write it */
    orr_vec_free(&c->out);
    orr_mem_free(c->hands);
    orr_mem_free(c->peers);
    pthread_cond_destroy(&c->news);
    pthread_cond_destroy(&c->wanted);
    pthread_mutex_destroy(&c->lock);
    orr_mem_free(c);
}

/* What some kilobytes a second ask of Open MPI; whoever says otherwise (`--mca`) is heard, and other MPIs don't know the names. Not to look for fabrics of matched messages (libfabric, PSM2), which takes 0.2 s: shared memory, TCP and UCX stay.
 * Not to read in the memory of the other process, which containers forbid and which complains of those who were killed. */
static void ask_little_of_mpi(void)
{
    setenv("OMPI_MCA_pml", "^cm", 0);
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
}

__attribute__((visibility("default"))) orr_crew *orr_crew_open(void);
orr_crew *orr_crew_open(void)
{
    int level = 0, rank = 0, size = 1;
    ask_little_of_mpi();
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS || level < MPI_THREAD_SERIALIZED) return NULL;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    mpi_crew *c = orr_mem_resize(NULL, sizeof *c);
    *c = (mpi_crew){.crew = {.rank = rank, .size = size, .gather = gather, .ask = ask, .serve = serve, .lost = lost, .leave = leave}};
    c->peers = orr_mem_resize(NULL, (size_t)size * sizeof *c->peers);
    memset(c->peers, 0, (size_t)size * sizeof *c->peers);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->news, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wanted, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return &c->crew;
}
