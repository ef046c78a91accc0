/* Least recently used: runs go in the order in which their last user gave them back. vLLM V1's free-block queue, and SGLang's radix cache by last access (a request accesses what it holds until its end). */
#include "serve/kv_evict.h"

const orr_kv_eviction orr_kv_evict_lru = {.name = "lru"};
