#!/usr/bin/env bash
# Installs what is missing to build (setup.sh build) or to build and test (setup.sh test, the default).
#
# As root directly, else through sudo where that asks no password, else it prints the line to run and exits 3. What is there is left alone: a tool found in PATH counts,
# whoever installed it. A stamp in build/, keyed by this script's hash, makes the second run do nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1:-test}
case $mode in build | test) ;; *) echo "usage: tools/setup.sh [build|test]" >&2; exit 2 ;; esac
stamp=build/setup-$mode-$(sha256sum tools/setup.sh | cut -c1-16)
if [ -e "$stamp" ]; then exit 0; fi

missing=()
installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = 'install ok installed' ]; }
need_package() { installed "$1" || missing+=("$1"); }
need_tool() { command -v "$1" >/dev/null || missing+=("${2:-$1}"); }     # tool, package when it has another name

need_node()
{
    local version
    version=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || true
    if [ "${version:-0}" -ge 18 ]; then
        need_tool npm
    elif [ -n "${version:-}" ]; then
        echo "setup: node $version is too old: the page needs 18 or newer; install one, or build with make WEB=0" >&2
        exit 3
    else
        missing+=(nodejs npm)
    fi
}

# The sanitizers' and libFuzzer's runtime of whichever clang there is; asked once clang is there, since its package has the version in its name.
need_clang_runtime()
{
    local version probe
    probe=$(mktemp -d)
    echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { (void)d; return n > 99; }' >"$probe/a.c"
    if ! clang -fsanitize=fuzzer,address,undefined "$probe/a.c" -o "$probe/a" 2>/dev/null; then
        version=$(clang --version | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -1)
        missing+=("libclang-rt-$version-dev")
    fi
    rm -rf "$probe"
}

# Installs what is missing, or says with which line to, and exits 3.
install_missing()
{
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    local line="apt-get install -y --no-install-recommends ${missing[*]}" root=()
    if [ "$(id -u)" -ne 0 ]; then root=(sudo -n); fi
    if ! command -v apt-get >/dev/null || { [ ${#root[@]} -gt 0 ] && ! sudo -n true 2>/dev/null; }; then
        echo "setup: missing: ${missing[*]}" >&2
        echo "setup: as root, run: $line" >&2
        exit 3
    fi
    echo "setup: $line" >&2
    export DEBIAN_FRONTEND=noninteractive
    { "${root[@]}" apt-get update -qq && "${root[@]}" $line -qq; } >&2 || { echo "setup: the installation failed; as root, run: $line" >&2; exit 3; }
    missing=()
}

need_tool gcc
need_tool make
need_package libc6-dev
need_package libyaml-dev
need_package libjson-c-dev
need_package libxxhash-dev
need_package libnlopt-dev
need_package zlib1g-dev
need_package libsqlite3-dev
if compgen -G 'src/net/*.c' >/dev/null; then need_package libmicrohttpd-dev; fi
if [ "${WEB:-1}" != 0 ] && [ -f web/package.json ]; then need_node; fi
if [ "$mode" = test ]; then
    need_package libcmocka-dev
    need_package libopenmpi-dev     # mpirun orrery sweep
    need_tool mpirun openmpi-bin
    need_tool pkg-config
    need_tool clang
    need_tool valgrind
    if compgen -G 'tests/e2e/test_*' >/dev/null; then need_tool chromium; fi
fi

install_missing
if [ "$mode" = test ]; then
    need_clang_runtime
    install_missing
fi
mkdir -p build
rm -f build/setup-"$mode"-*
touch "$stamp"
