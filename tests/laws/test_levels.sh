#!/usr/bin/env bash
# The written laws of the source tree (docs/ARCHITECTURE.md), each violation printed as file:line.
#
#   1. A file includes only from a lower level or its own folder; `report` stands above `lab`.
#   2. serve and perf know no clock, thread or stdio.
#   3. Memory is allocated and freed in base/mem.c alone; the process ends in app (base/panic.c and base/mem.c abort).
#   4. No file has more than 600 lines; no tabs; no marks of unfinished work.
# The laws are themselves tested: `test_levels.sh DIR` judges the tree under DIR.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
judge()
{
    local root=$1
    (
        cd "$root" || exit 1
        find src include tests tools bench -type f \( -name '*.c' -o -name '*.h' -o -name '*.sh' \) 2>/dev/null | LC_ALL=C sort | while read -r file; do
            LC_ALL=C awk -v file="$file" "$law" "$file"
        done
    )
}

law='
function bad(line, what) { printf "%s:%d: %s\n", file, line, what }
function level_of(folder) { return folder in level ? level[folder] : -1 }
BEGIN {
    level["base"] = 0; level["orrery"] = 0; level["silicon"] = 0.5; level["fabric"] = 0.5; level["spec"] = 1; level["perf"] = 2; level["serve"] = 2; level["traffic"] = 2; level["drive"] = 3; level["store"] = 3
    level["lab"] = 4; level["trust"] = 4; level["net"] = 4; level["exec"] = 4; level["report"] = 4.5; level["ask"] = 4.7; level["library"] = 5; level["mpi"] = 5; level["app"] = 5
    split(file, part, "/")
    in_src = part[1] == "src" || part[1] == "include"
    folder = part[2]
    mine = level_of(folder)
    if (in_src && mine < 0) bad(1, "folder \"" folder "\" has no level")
    unfinished = "(^|[^A-Za-z_])(TO" "DO|FIX" "ME|XX" "X)([^A-Za-z_]|$)"
    allocation = "(^|[^A-Za-z0-9_.>])(malloc|calloc|realloc|reallocarray|aligned_alloc|strdup|strndup|free)[ ]*\\("
    ending = "(^|[^A-Za-z0-9_.>])(exit|_exit|_Exit|quick_exit|abort)[ ]*\\("
    may_allocate = file == "src/base/mem.c"
    may_end = folder == "app" || file == "src/base/panic.c" || file == "src/base/mem.c"
}
# The line without comments and the insides of literals (state `in_comment` runs over lines).
function code_of(line,    out, i, c, two, quote) {
    out = ""; quote = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1); two = substr(line, i, 2)
        if (in_comment) { if (two == "*/") { in_comment = 0; i++ } continue }
        if (quote != "") { if (c == "\\") i++; else if (c == quote) { quote = ""; out = out c } continue }
        if (two == "/*") { in_comment = 1; i++; continue }
        if (two == "//") break
        if (c == "\"" || c == "\047") quote = c
        out = out c
    }
    return out
}
function judge_include(line,    path, bits, theirs) {
    if (line ~ /^[ ]*#[ ]*include[ ]*</) {
        if ((folder == "serve" || folder == "perf") && line ~ /<(stdio|time|sys\/time|pthread|threads|unistd)\.h>/) bad(NR, folder " may know no clock, thread or stdio: " line)
        return
    }
    path = line; sub(/^[^"]*"/, "", path); sub(/".*$/, "", path)
    if (split(path, bits, "/") < 2) return          # beside this file
    theirs = level_of(bits[1])
    if (theirs < 0) bad(NR, "\"" path "\" is in a folder that has no level")
    else if (bits[1] != folder && theirs >= mine) bad(NR, folder " may not include \"" path "\": it is not at a lower level")
}
/\t/ { bad(NR, "a tab") }
$0 ~ unfinished { bad(NR, "a mark of unfinished work") }
NR == 601 { bad(NR, "more than 600 lines") }
in_src {
    if (!in_comment && $0 ~ /^[ ]*#[ ]*include/) { judge_include($0); next }
    code = code_of($0)
    if (!may_allocate && code ~ allocation) bad(NR, "memory is allocated and freed in base/mem.c alone")
    if (!may_end && code ~ ending) bad(NR, "only app ends the process")
}
'

if [ $# -eq 1 ]; then judge "$1"; exit 0; fi

# The laws see what they should: one violation of each.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/src/{base,perf,serve,lab,report,odd}
printf '#include "serve/x.h"\n#include <time.h>\n#include "perf/y.h"\n#include "base/z.h"\n/* exit(1) */ const char *s = "free(x)";\nint f(void) { free(0); }\n' >"$scratch/src/perf/a.c"
printf '#include "lab/x.h"\n#include <stdio.h>\nvoid g(void) { exit (1); x->free(1); orr_mem_free(0); }\n' >"$scratch/src/report/a.c"
printf '#include "report/x.h"\n\tint tab;\n/* TO%s */\n' DO >"$scratch/src/lab/a.c"
printf 'int odd;\n' >"$scratch/src/odd/a.c"
yes 'int x;' | head -n 601 >"$scratch/src/base/long.c"
wanted='src/base/long.c:601: src/lab/a.c:1: src/lab/a.c:2: src/lab/a.c:3: src/odd/a.c:1: src/perf/a.c:1: src/perf/a.c:2: src/perf/a.c:6: src/report/a.c:3: '
seen=$(judge "$scratch" | sed 's/^\([^:]*:[0-9]*:\).*/\1/' | tr '\n' ' ')
if [ "$seen" != "$wanted" ]; then
    printf 'the laws are blind:\n  wanted %s\n  seen   %s\n' "$wanted" "$seen"
    exit 1
fi

violations=$(judge .)
if [ -n "$violations" ]; then printf '%s\n' "$violations"; exit 1; fi
