#!/usr/bin/env bash
# Inside the Debian of tools/windows.sh: gets wine and puts a Windows CPython together, as root.
#
# No registry holds one as a whole. The libraries come from a wheel that brings them along for programs made with it,
# the standard library from the source of Debian's Python of the same version, the programs are compiled here.
set -euxo pipefail
python=/opt/python
libraries=panda3d==1.10.16 # deploy_libs/ is a CPython 3.13
dev_packages=(pytest pluggy iniconfig pygments colorama hypothesis)
engine_packages=(packaging sortedcontainers psutil uv)

pins() { # name==version of the packages of the tests
    local name
    for name in "${dev_packages[@]}"; do
        sed -nE "s/^($name==[^ ;]+).*/\1/p" /regionwise/requirements-dev.txt
    done
    for name in "${engine_packages[@]}"; do
        sed -nE "s/.*\"$name-([0-9][^-\"]*)-.*/$name==\1/p" /regionwise/resources/engine-lock.json | head -n 1
    done
}

apt-get -qq update
# without recommended packages: no desktop, no fonts
apt-get -qq install -y --no-install-recommends wine64 gcc-mingw-w64-x86-64-win32 python3-pip unzip xz-utils dpkg-dev
apt-get clean
cp /opt/ca-certificates.crt /etc/ssl/certs/ # where wine looks whom to trust
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip download -q --no-deps --only-binary=:all: --platform win_amd64 --python-version 3.13 "$libraries"
unzip -q panda3d-*.whl 'deploy_libs/*'
apt-get -qq source --download-only python3.13
tar -xf python3.13_*.orig.tar.xz
source=$(echo "$work"/Python-3.13.*)

rm -rf "$python"
mkdir -p "$python/DLLs"
cp -r "$source/Lib" "$python/Lib"
rm -rf "$python/Lib/test"
cd deploy_libs
cp python313.dll VCRUNTIME140*.dll "$python"
cp lib*.dll sqlite3.dll ./*.pyd "$python/DLLs"
rm -f "$python"/DLLs/*313t* "$python"/DLLs/_test*
compile() { x86_64-w64-mingw32-gcc -municode -O2 "$@"; }
compile /regionwise/tools/windows/python.c -o "$python/python.exe"
# the library of extensions that fit every Python 3: each name is one of the other library
{
    echo EXPORTS
    sed -nE 's/^ *EXPORT_(FUNC|DATA)\((\w+)\).*/\1 \2/p' "$source/PC/python3dll.c" |
        sed -E 's/^(\w+) (\w+)/\2 = python313.\2 \1/; s/ FUNC$//'
} >"$work/python3.def"
x86_64-w64-mingw32-gcc -shared -nostdlib -Wl,-e,0 "$work/python3.def" -o "$python/python3.dll"
# what venv copies as python.exe: it starts the real one
compile -D_CONSOLE -Wno-incompatible-pointer-types -I"$source/Include" -DEXENAME='L"python.exe"' \
    "$source/PC/venvlauncher.c" -o "$work/launcher.exe" -lshlwapi -lpathcch
mkdir -p "$python/Lib/venv/scripts/nt"
for name in venvlauncher venvwlauncher python pythonw; do
    cp "$work/launcher.exe" "$python/Lib/venv/scripts/nt/$name.exe"
done

cd /
rm -rf "${WINEPREFIX:=/opt/prefix}"
# shellcheck source=tools/windows/wine.sh
. /regionwise/tools/windows/wine.sh
wine wineboot --init
wine "$windows_python" -X utf8 -m ensurepip --default-pip
mapfile -t packages < <(pins)
wine "$windows_python" -X utf8 -m pip install -q --no-deps --no-warn-script-location --only-binary=:all: "${packages[@]}"
