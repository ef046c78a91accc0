#!/usr/bin/env bash
# Puts what a build made where others find it: install.sh BUILD PREFIX. The binary, the header, both libraries, the pkg-config file and the Python module.
# DESTDIR goes before every path that is written, and stands in none of the files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1 prefix=$2 to=${DESTDIR:-}$2
version=$(sed -n 's/^#define ORR_VERSION "\(.*\)"/\1/p' src/base/version.h)
abi=$(sed -n 's/^#define ORRERY_ABI_VERSION \(.*\)/\1/p' include/orrery/orrery.h)
private=$(sed -n 's/^LDLIBS *:= *//p' Makefile)
mkdir -p "$to"/{bin,include/orrery,lib/pkgconfig,share/orrery/python/orrery}
install -m 755 "$build/orrery" "$to/bin/orrery"
if [ -e "$build/orrery-mpi.so" ]; then install -D -m 755 "$build/orrery-mpi.so" "$to/lib/orrery/orrery-mpi.so"; fi
install -m 644 include/orrery/orrery.h "$to/include/orrery/orrery.h"
install -m 644 "$build/liborrery.a" "$to/lib/liborrery.a"
install -m 755 "$build/liborrery.so.$abi" "$to/lib/liborrery.so.$abi"
ln -sf "liborrery.so.$abi" "$to/lib/liborrery.so"
for file in python/orrery/*.py; do install -m 644 "$file" "$to/share/orrery/python/orrery/"; done
cat >"$to/lib/pkgconfig/orrery.pc" <<END
prefix=$prefix
includedir=\${prefix}/include
libdir=\${prefix}/lib
pythondir=\${prefix}/share/orrery/python

Name: orrery
Description: what an LLM inference system will do, why, how sure that is, and what would be better
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lorrery
Libs.private: $private
END
echo "installed into $prefix"
