#include "lab/demand_cache.h"

#include <pthread.h>
#include "base/cancel.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct entry { uint64_t key; orr_demand demand; bool read; } entry;

struct orr_demand_cache {
    const orr_space *space;
    bool (*shapes)(const orr_domain *domain);
    const volatile int *cancel;
    orr_diags *diags;
    pthread_mutex_t lock;               /* of all below, and `diags` */
    ORR_VEC(entry *) entries;
    bool broken;
};

orr_demand_cache *orr_demand_cache_create(const orr_space *space, bool (*shapes)(const orr_domain *domain), const volatile int *cancel, orr_diags *diags)
{
    orr_demand_cache *cache = orr_mem_resize(NULL, sizeof *cache);
    *cache = (orr_demand_cache){.space = space, .shapes = shapes, .cancel = cancel, .diags = diags};
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

const orr_demand *orr_demand_cache_get(orr_demand_cache *cache, const orr_study *study, const size_t *choice_index)
{
    const int64_t limit = study->engine.max_model_len > 0 ? study->engine.max_model_len : study->model.max_context_tokens;
    uint64_t key = orr_hash_mix(1, (uint64_t)limit);
    for (size_t i = 0; i < cache->space->domain_count; i++) if (cache->shapes(&cache->space->domains[i])) key = orr_hash_mix(key, choice_index[i]);
    pthread_mutex_lock(&cache->lock);
    entry *found = NULL;
    for (size_t i = 0; i < cache->entries.count && !found; i++) if (cache->entries.items[i]->key == key) found = cache->entries.items[i];
    if (!found) {
        found = orr_mem_resize(NULL, sizeof *found);
        found->key = key;
        found->read = !cache->broken && orr_demand_read(&study->traffic, study->seed, limit, cache->cancel, &found->demand, cache->diags);
        if (!found->read && !orr_cancel_asked(cache->cancel)) cache->broken = true;
        orr_vec_push(&cache->entries, found);
    }
    pthread_mutex_unlock(&cache->lock);
    return found->read ? &found->demand : NULL;
}

bool orr_demand_cache_broken(const orr_demand_cache *cache) { return cache->broken; }

void orr_demand_cache_destroy(orr_demand_cache *cache)
{
    for (size_t i = 0; i < cache->entries.count; i++) {
        if (cache->entries.items[i]->read) orr_demand_free(&cache->entries.items[i]->demand);
        orr_mem_free(cache->entries.items[i]);
    }
    orr_vec_free(&cache->entries);
    pthread_mutex_destroy(&cache->lock);
    orr_mem_free(cache);
}
