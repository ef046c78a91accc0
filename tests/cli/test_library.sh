#!/usr/bin/env bash
# liborrery as others find it: installed into a folder, a C program built through pkg-config against each of its libraries, the Python module; their bytes are those of the command line.
source "$(dirname "${BASH_SOURCE[0]}")/expect.bash"

build=$(dirname "$orrery") prefix=$work/usr
study=examples/predict-qwen3-14b-h100.yaml
tools/install.sh "$build" "$prefix" >/dev/null || { echo "install.sh failed"; exit 1; }
for file in bin/orrery include/orrery/orrery.h lib/liborrery.a lib/liborrery.so lib/pkgconfig/orrery.pc share/orrery/python/orrery/__init__.py; do [ -e "$prefix/$file" ] || fail "$file is not installed"; done

# Only the header's functions are seen.
seen=$(nm -D --defined-only "$prefix/lib/liborrery.so" | awk '{ print $3 }' | grep -v '^_' | sort)
said=$(grep -o '^ORRERY_API [^(]*' "$prefix/include/orrery/orrery.h" | sed 's/.*[ *]//' | sort)
[ "$seen" = "$said" ] || { diff <(echo "$seen") <(echo "$said"); fail "the library shows other symbols than its header"; }

if [ -n "$(nm "$orrery" 2>/dev/null | grep -m1 -E '__(asan|tsan|ubsan)_')" ]; then echo "built with a sanitizer: programs of others are not linked"; finish; fi
expect 0 cli "$orrery" predict "$study" --set traffic.stop.requests=300 --format json
cp "$work/out" "$work/cli.json"

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
if ! command -v pkg-config >/dev/null; then echo "no pkg-config: the C example is not built"; else
    # shellcheck disable=SC2046
    cc -std=c17 -Wall -Wextra -Wpedantic -Werror examples/library/predict.c $(pkg-config --cflags --libs orrery) -o "$work/shared" || fail "the C example does not build"
    # shellcheck disable=SC2046
    cc examples/library/predict.c $(pkg-config --cflags orrery) "$prefix/lib/liborrery.a" $(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/orrery.pc") -o "$work/static" || fail "the C example does not link statically"
    for program in shared static; do
        LD_LIBRARY_PATH=$prefix/lib expect 0 "$program" "$work/$program" "$study" traffic.stop.requests=300
        cmp -s "$work/out" "$work/cli.json" || fail "$program: not the bytes of --format json"
        err_has "$program" "of 300 requests waited"
    done
    LD_LIBRARY_PATH=$prefix/lib expect 2 wrong "$work/shared" "$study" engine.tensor_parallel_size=3
    err_has wrong "tensor_parallel_size"
    printf '#include <orrery/orrery.h>\nint main() { return orrery_abi_version() - ORRERY_ABI_VERSION; }\n' >"$work/a.cc"
    if command -v c++ >/dev/null; then c++ -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$prefix/include" "$work/a.cc" || fail "the header is not C++"; fi
fi

if ! command -v python3 >/dev/null; then echo "no python3: the Python module is not tested"; finish; fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$prefix/share/orrery/python ORRERY=$orrery python3 tests/cli/library.py || fail "the Python module"
finish
