#include "app/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"

void orr_app_print_diags(const orr_diags *diags)
{
    orr_text text = {0};
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    orr_diags_render(diags, colour, &text);
    if (text.bytes) fputs(text.bytes, stderr);
    orr_text_free(&text);
}

const char *orr_app_plural(size_t count) { return count == 1 ? "" : "s"; }
