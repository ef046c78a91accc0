# What the tests of the command line share; sourced by them. ORRERY names the binary. Gives $orrery, $work (removed at the end), expect, the checks below and finish.
set -u
orrery=${ORRERY:-build/orrery}
[ -x "$orrery" ] || { echo "$orrery is not there"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() { echo "$1"; failures=$((failures + 1)); }

# expect CODE NAME COMMAND...: runs it, keeps its stdout and stderr in $work/out and $work/err.
expect()
{
    local wanted=$1 name=$2; shift 2
    "$@" >"$work/out" 2>"$work/err"
    local code=$?
    [ "$code" -eq "$wanted" ] || { cat "$work/err"; fail "$name: exit code $code, wanted $wanted"; }
}
out_has() { grep -qF -- "$2" "$work/out" || { cat "$work/out"; fail "$1: stdout lacks: $2"; }; }
err_has() { grep -qF -- "$2" "$work/err" || { cat "$work/err"; fail "$1: stderr lacks: $2"; }; }
err_empty() { [ ! -s "$work/err" ] || { cat "$work/err"; fail "$1: stderr is not empty"; }; }
finish() { [ "$failures" -eq 0 ]; exit $?; }
