#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static _Thread_local int root = AT_FDCWD;

int orr_root(void) { return root; }

int orr_root_set(int directory)
{
    const int before = root;
    root = directory;
    return before;
}

int orr_root_open(const char *folder, orr_diags *diags)
{
    const int directory = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) return directory;
    if (errno == ENOENT || errno == ENOTDIR) orr_diag_error(diags, (orr_place){0}, "there is no folder %s", folder);
    else orr_diag_environment(diags, "can't go to %s: %s", folder, strerror(errno));
    return -1;
}

void orr_root_close(int directory) { close(directory); }
