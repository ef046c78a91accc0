/* The other processes of a parallel start (mpirun, srun). */
#ifndef ORR_APP_CREW_H
#define ORR_APP_CREW_H

#include "base/diag.h"
#include "lab/crew.h"

/* Joins them; *crew NULL: this process is alone. False: reported. `(*crew)->leave` when all is done. */
bool orr_app_join_crew(orr_crew **crew, orr_diags *diags);

#endif
