#!/usr/bin/env bash
# Tests what needs no compiled package under a real Windows Python in wine: ./dev windows [PYTEST ARGS]
#
# A Debian 13 below .cache/windows holds wine and that Python, so nothing of this machine changes. Everything comes
# from where apt and pip are set up to look. Debian 13 because its wine knows the system calls of Python 3.13.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home="$root/.cache/windows"
chroot="$home/chroot"
recipe="$root/tools/windows"
state=$(cat "$recipe"/build.sh "$recipe"/*.c | sha256sum | cut -c1-16)

skip() { echo "skipped: $1"; exit 0; }

checks() { # say at once why wine cannot be had
    [ "$(uname -sm)" = "Linux x86_64" ] || skip "the Windows Python runs under Linux on x86_64 only"
    [ "$(id -u)" = 0 ] || skip "a Debian for wine can be made by root only"
    [ -e /etc/ssl/certs/ca-certificates.crt ] || skip "the package ca-certificates is missing"
    command -v apt-get >/dev/null || skip "there is no apt-get to get wine by"
    unshare --mount --pid --fork true 2>/dev/null || skip "this machine forbids namespaces, which keep wine apart"
    command -v debootstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends debootstrap >/dev/null 2>&1 || skip "the package debootstrap cannot be had"
}

mirror() { # where this machine's Debian comes from, security updates apart
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' "Created-By: Packages" "Origin: Debian" "Label: Debian" | head -n 1
}

system() { # a minimal Debian 13
    [ -e "$home/system" ] && return
    local place; place=$(mirror)
    [ -n "$place" ] || skip "apt knows no Debian to take wine from"
    echo "Making a Debian 13 for wine in $chroot (once, some minutes)"
    rm -rf "$chroot"; mkdir -p "$home"
    debootstrap --variant=minbase trixie "$chroot" "$place" >"$home/system.log" 2>&1 ||
        skip "debootstrap failed ($home/system.log)"
    printf 'deb %s trixie main\ndeb-src %s trixie main\n' "$place" "$place" >"$chroot/etc/apt/sources.list"
    touch "$home/system"
}

inside() { # run a command in that Debian; mounts and whatever still runs end with it
    local name settings=()
    # copies: what is installed there must not reach this machine's files
    for name in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
        [ -e "$name" ] && cp --dereference "$name" "$chroot$name"
    done
    cp --dereference /etc/ssl/certs/ca-certificates.crt "$chroot/opt/"
    # where pip looks
    for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_DEFAULT_TIMEOUT http_proxy https_proxy no_proxy; do
        [ -n "${!name:-}" ] && settings+=("$name=${!name}")
    done
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child bash -euc '
        mount --make-rprivate /
        mount -t proc proc "$1/proc"
        mkdir -p "$1/regionwise"
        mount --bind "$2" "$1/regionwise"
        mount -o remount,bind,ro "$1/regionwise"
        cd /; shift 2
        exec chroot "$@"' bash "$chroot" "$root" "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PIP_CERT=/opt/ca-certificates.crt "${settings[@]}" "$@"
}

build() { # wine, the Windows Python and the packages of the tests
    [ "$(cat "$home/state" 2>/dev/null)" = "$state" ] && return
    echo "Putting the Windows Python together (once, some minutes)"
    inside /bin/bash /regionwise/tools/windows/build.sh >"$home/build.log" 2>&1 ||
        skip "the Windows Python cannot be put together here (the end of $home/build.log tells why)"
    echo "$state" >"$home/state"
}

checks
system
build
inside /bin/bash /regionwise/tools/windows/run.sh "$@"
