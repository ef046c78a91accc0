/* Whether there are others is said by the environment of whoever started this process; MPI itself is a plugin beside the program, or where the program is installed. */
#include "app/crew.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoll(text, NULL, 10) : 0;
}

/* Open MPI's mpirun; MPICH's and Intel's; srun with PMIx. */
static bool has_others(void)
{
    return number_of("OMPI_COMM_WORLD_SIZE") > 1 || number_of("PMI_SIZE") > 1 || (getenv("PMIX_RANK") && number_of("SLURM_STEP_NUM_TASKS") > 1);
}

static void *open_plugin(void)
{
    static const char *const places[] = {"orrery-mpi.so", "../lib/orrery/orrery-mpi.so"};
    char program[4096], path[4200];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = length > 0 ? (program[length] = '\0', strrchr(program, '/')) : NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && slash; i++) {
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - program), program, places[i]);
        if (access(path, R_OK) != 0) continue;
        return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    }
    return NULL;
}

bool orr_app_join_crew(orr_crew **crew, orr_diags *diags)
{
    *crew = NULL;
    if (!has_others()) return true;
    void *plugin = open_plugin();
    orr_crew *(*open)(void) = NULL;
    if (plugin) *(void **)&open = dlsym(plugin, "orr_crew_open");
    *crew = open ? open() : NULL;
    if (*crew) return true;
    const char *why = plugin ? "MPI can't be begun" : dlerror();
    orr_diag_hint(orr_diag_environment(diags, "started as one of several processes, but %s", why ? why : "this program was built without MPI"),
                  "Build it where mpicc's files are (libopenmpi-dev): `make` then makes orrery-mpi.so beside it. Without MPI: --shard I/N and `orrery merge`.");
    return false;
}
