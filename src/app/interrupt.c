#include "app/interrupt.h"

#include <signal.h>
#include <string.h>
#include "base/cancel.h"

static volatile int asked;      /* written by the handler alone; int is read whole on every machine we run on */

static void on_signal(int number)
{
    (void)number;
    orr_cancel_set(&asked, 1);
}

const volatile int *orr_interrupt_catch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &asked;
}
