#!/usr/bin/env bash
# Builds and runs the tests and counts them: run-tests.sh STAGE...
#
#   gcc     build, then every test program and script (tests/{unit,laws,golden,cli,accuracy,e2e}/test_*.{c,sh})
#   clang   build: its warnings are errors; then gcc's binary and clang's must print the same bytes
#   asan    unit, laws, golden and cli programs under the address and undefined-behaviour sanitizers
#   tsan    the programs named test_*threads* under the thread sanitizer
#   fuzz    each tests/fuzz/fuzz_*.c for FUZZ_SECONDS, from the seeds in tests/fuzz/corpus/<name without fuzz_>/
#
# cmocka's cases are counted one by one, any other program or script as one (exit status 77: skipped), a build that fails as one failure. Output of a test is kept in
# build/logs and shown when it fails. The last line is "N passed, N failed, N skipped". Exit status 1 if any failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

MAKE=${MAKE:-make} JOBS=${JOBS:-2} WEB=${WEB:-1} FUZZ_SECONDS=${FUZZ_SECONDS:-10} TEST_SECONDS=${TEST_SECONDS:-900}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1} TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1}
unset MAKELEVEL MAKEFLAGS MFLAGS 2>/dev/null
logs=build/logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

say() { printf '%s\n' "$*"; }
sum_of() { sed -n "s/^\[  $2 *\] \(tests: \)\{0,1\}\([0-9][0-9]*\) test(s).*/\2/p" "$1" | awk '{ n += $1 } END { print n + 0 }'; }

# count NAME LOG STATUS: adds a finished program to the totals; shows its output when it failed.
count()
{
    local name=$1 log=$2 status=$3 p f s
    p=$(sum_of "$log" PASSED) f=$(sum_of "$log" FAILED) s=$(sum_of "$log" SKIPPED)
    if [ "$status" -eq 77 ]; then p=0 f=0 s=1
    elif [ "$status" -eq 0 ] && [ $((p + f + s)) -eq 0 ]; then p=1
    elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$status" -eq 77 ]; then say "  skipped  $name: $(tail -n 1 "$log")"
    elif [ "$f" -eq 0 ]; then say "  ok       $name ($p)"
    else say "  FAILED   $name (exit status $status)"; sed 's/^/    /' "$log" | tail -n 80
    fi
}

build() # STAGE TARGET... VARIABLE=...
{
    local stage=$1; shift
    say "$stage: build"
    if "$MAKE" -j"$JOBS" --no-print-directory WEB="$WEB" "$@" >"$logs/$stage-build.log" 2>&1; then return 0; fi
    failed=$((failed + 1))
    say "  FAILED   $stage build"
    sed 's/^/    /' "$logs/$stage-build.log" | grep -vE '^      (CC|LINK|AR|HOSTCC) ' | tail -n 60
    return 1
}

# run_all STAGE BUILD FILE...: runs JOBS at a time, then counts in the order given.
run_all()
{
    local stage=$1 where=$2 file name; shift 2
    [ $# -eq 0 ] && return 0
    printf '%s\n' "$@" | ORRERY=$where/orrery LOGS=$logs STAGE=$stage TEST_SECONDS=$TEST_SECONDS xargs -P "$JOBS" -I{} bash -c '
        file={} name=${file##*tests/} log=$LOGS/$STAGE-${name//\//-}.log
        case $file in *.sh) command=(bash "$file") ;; *) command=("$file") ;; esac
        timeout "$TEST_SECONDS" "${command[@]}" >"$log" 2>&1 </dev/null
        echo $? >"$log.status"'
    for file in "$@"; do
        name=${file##*tests/}
        count "$name" "$logs/$stage-${name//\//-}.log" "$(cat "$logs/$stage-${name//\//-}.log.status")"
    done
}

# programs BUILD FOLDER...: the test programs of the folders as paths under BUILD.
programs()
{
    local where=$1 folder source; shift
    for folder in "$@"; do
        for source in tests/"$folder"/test_*.c; do
            [ -e "$source" ] && source=${source%.c} && say "$where/tests/${source#tests/}"
        done
    done
}
scripts() { local folder; for folder in "$@"; do compgen -G "tests/$folder/test_*.sh"; done; }

stage_gcc()
{
    local -a files
    build gcc tests BUILD=build CC=gcc || return
    mapfile -t files < <(programs build unit laws golden cli accuracy e2e; scripts unit laws golden cli accuracy e2e)
    run_all gcc build "${files[@]}"
}

stage_clang()
{
    build clang tests BUILD=build/clang CC=clang || return
    passed=$((passed + 1))
    say "  ok       clang build"
    if [ -x build/orrery ]; then same_bytes; fi
}

# What gcc's binary prints, clang's prints to the byte: one system, a search (on other numbers of threads), an explanation.
same_bytes()
{
    local log=$logs/same-bytes.log study few=(-s traffic.stop.requests=2000)
    {
        for study in examples/predict-*.yaml; do
            cmp <(build/orrery predict "$study" "${few[@]}" --format json) <(build/clang/orrery predict "$study" "${few[@]}" --format json) || echo "predict $study differs"
            cmp <(build/orrery explain "$study" "${few[@]}" --format json) <(build/clang/orrery explain "$study" "${few[@]}" --format json) || echo "explain $study differs"
        done
        study=examples/chat-llama70b-h100.yaml
        cmp <(build/orrery recommend "$study" "${few[@]}" --format json --threads 1 2>/dev/null) <(build/clang/orrery recommend "$study" "${few[@]}" --format json --threads 3 2>/dev/null) \
            || echo "recommend differs"
    } >"$log" 2>&1
    if [ -s "$log" ]; then failed=$((failed + 1)); say '  FAILED   same bytes from gcc and clang'; sed 's/^/    /' "$log"
    else passed=$((passed + 1)); say '  ok       same bytes from gcc and clang'
    fi
}

stage_asan()
{
    local -a files
    build asan tests BUILD=build/asan CC=gcc SANITIZE=address,undefined || return
    mapfile -t files < <(programs build/asan unit laws golden cli; scripts cli)
    run_all asan build/asan "${files[@]}"
}

stage_tsan()
{
    local -a files
    mapfile -t files < <(programs build/tsan unit laws golden cli | grep threads)
    [ ${#files[@]} -eq 0 ] && return
    build tsan thread-tests BUILD=build/tsan CC=gcc SANITIZE=thread || return
    run_all tsan build/tsan "${files[@]}"
}

stage_fuzz()
{
    local source name status log
    local -a seeds
    compgen -G 'tests/fuzz/fuzz_*.c' >/dev/null || return
    build fuzz fuzzers BUILD=build/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined || return
    for source in tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c) log=$logs/$name.log seeds=()
        mkdir -p "build/fuzz/corpus/$name"
        for folder in "tests/fuzz/corpus/${name#fuzz_}" "tests/fuzz/corpus/$name"; do [ -d "$folder" ] && seeds+=("$folder"); done
        build/fuzz/fuzz/"$name" -max_total_time="$FUZZ_SECONDS" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$name-" \
            "build/fuzz/corpus/$name" "${seeds[@]}" >"$log" 2>&1
        status=$?
        count "fuzz/$name" "$log" $status
    done
}

for stage in "$@"; do
    case $stage in gcc | clang | asan | tsan | fuzz) "stage_$stage" ;; *) echo "run-tests.sh: no stage $stage" >&2; exit 2 ;; esac
done
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
