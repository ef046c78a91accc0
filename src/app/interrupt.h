/* Ctrl-C: the first asks a long verb to stop and tell what it knows; the second ends the process as usual. */
#ifndef ORR_APP_INTERRUPT_H
#define ORR_APP_INTERRUPT_H

/* Catches SIGINT and SIGTERM from now on; the flag is non-zero once one came. */
const volatile int *orr_interrupt_catch(void);

#endif
