/* The ping-pong pipeline of micro-batches between attention and feed-forward devices: see pingpong.c. */
#ifndef ORR_PERF_PINGPONG_H
#define ORR_PERF_PINGPONG_H

#include <stdint.h>
#include "spec/model.h"

typedef enum { ORR_STATION_ATTENTION, ORR_STATION_DISPATCH, ORR_STATION_FFN, ORR_STATION_COMBINE, ORR_STATION_COUNT_ } orr_station;
const char *orr_station_name(orr_station station);      /* "attention", "dispatch", "ffn", "combine" */

/* A run of equal layers: how many (a whole number), and what one micro-batch takes in one of them at each station. */
typedef struct orr_pingpong_run { double layers, ns[ORR_STATION_COUNT_]; } orr_pingpong_run;

/* How often the longest path goes through each station, by run of layers: sum of visits x ns is the pipeline's time. */
typedef struct orr_pingpong_path { double visits[ORR_MAX_LAYER_GROUPS][ORR_STATION_COUNT_]; } orr_pingpong_path;

/* From the first micro-batch's first layer until the last one's last is done. At least one run of at least one layer; path: NULL, or filled. */
double orr_pingpong_ns(const orr_pingpong_run *runs, int run_count, double micro_batches, orr_pingpong_path *path);

#endif
