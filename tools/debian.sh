# Runs a command of `dev` inside another release of Debian; `dev` sources this file.
#
# A release is a folder below .cache/debian that debootstrap fills once; delete the folder to get a newer state.
# Everything is mounted in a mount namespace of the command's own: the mounts go with its last process, however that
# ends, and nobody outside ever sees them, so deleting the folder can take nothing else with it.
# Of what a command writes, only what lies in a folder of the repository is seen outside.

releases='trixie|forky'
# What cannot be shared with the chroot, because it belongs to one Python or one QGIS
own=' .venv .qgis .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache '
passed_on='^(TERM|[A-Za-z]+_(proxy|PROXY)|(PIP|SSL|UV|REGIONWISE)_[A-Z_]+|(REQUESTS|CURL)_CA_BUNDLE|PYTEST_ADDOPTS)='

stop() { echo "$*" >&2; exit 1; }

in_debian() { # RELEASE COMMAND...: run `dev COMMAND...` there
    local release=${1:-}
    [[ $release =~ ^($releases)$ ]] ||
        stop "Debian release '$release' is not known here. Write: ./dev debian $releases COMMAND."
    shift
    [ "$(id -u)" = 0 ] || stop "A chroot needs root. Run: sudo ./dev debian $release $*"
    unshare --mount true 2>/dev/null ||
        stop "This machine lets root mount nothing. Run ./dev debian outside a container, or in a privileged one."
    mkdir -p .cache/debian/packages
    local cache
    cache=$(cd .cache/debian && pwd -P)
    create "$release" "$cache"
    exec unshare --mount --propagation private bash -euo pipefail -c '. tools/debian.sh; inside "$@"' \
        debian "$root" "$caller" "$cache" "$release" "$@"
}

create() { # RELEASE CACHE: fill the folder of a release, unless it is there
    local release=$1 target=$2/$1 part=$2/$1.part mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    exec {lock}>"$2/$release.lock"
    flock "$lock"
    if [ ! -d "$target" ]; then
        tools_for_it
        mirror=$(mirror_of "$release")
        echo "Making a chroot of Debian $release in $target"
        rm -rf --one-file-system "$part"
        # debootstrap mounts, too: in a namespace, these mounts end with it
        http_proxy=${http_proxy:-$(apt_setting Acquire::http::Proxy)} unshare --mount --propagation private \
            debootstrap --variant=minbase --keyring="$keyring" --include=ca-certificates \
            "$release" "$part" "$mirror" "${DEBOOTSTRAP_DIR:-/usr/share/debootstrap}/scripts/sid" ||
            stop "Debian $release was not made. If debootstrap misses a key above, update debian-archive-keyring."
        settings_of_apt "$part"
        mv "$part" "$target" # only a finished chroot has this name
    fi
    exec {lock}>&-
}

tools_for_it() {
    command -v debootstrap > /dev/null && [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] && return
    packages debootstrap debian-archive-keyring ||
        stop "debootstrap cannot be installed from this machine's package sources. Use a Debian machine with network."
}

mirror_of() { # RELEASE: the first of this machine's package sources that has the release
    local release=$1 uri found
    [ -z "${DEBIAN_MIRROR:-}" ] || { echo "$DEBIAN_MIRROR"; return; }
    found=$(mktemp -d)
    for uri in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
        # a security archive has RELEASE-security; other archives for that release have other labels
        /usr/lib/apt/apt-helper -qq download-file "${uri%/}/dists/$release/InRelease" "$found/InRelease" \
            2> /dev/null && grep -qx 'Label: Debian' "$found/InRelease" || continue
        echo "${uri%/}"
        rm -r "$found"
        return
    done
    rm -r "$found"
    stop "None of this machine's package sources has Debian $release. Name a mirror: DEBIAN_MIRROR=URL ./dev debian ..."
}

apt_setting() { # NAME: its value on this machine, or nothing
    local value=
    eval "$(apt-config shell value "$1")"
    echo "$value"
}

settings_of_apt() { # CHROOT: fetch packages as this machine does, keep none, start no services
    local apt=$1/etc/apt
    apt-config dump | grep '^Acquire::' | grep -Ev '^Acquire::(IndexTargets|Changelogs|CompressionTypes|cdrom)' \
        > "$apt/apt.conf.d/01host" || true
    printf 'APT::Keep-Downloaded-Packages "false";\nDPkg::Lock::Timeout "900";\n' > "$apt/apt.conf.d/02regionwise"
    [ ! -e /etc/apt/auth.conf ] || cp /etc/apt/auth.conf "$apt/"
    cp -a /etc/apt/auth.conf.d/. "$apt/auth.conf.d/" 2> /dev/null || true
    printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
}

inside() { # ROOT CALLER CACHE RELEASE COMMAND...: mount what the chroot needs, and run `dev` there
    local root=$1 caller=$2 cache=$3 chroot=$3/$4 variables=() line
    shift 4
    network "$chroot" # before the repository is there: it copies, and must not copy into that
    mount -t proc proc "$chroot/proc"
    mount --rbind /sys "$chroot/sys"
    mount --rbind /dev "$chroot/dev"
    show "$chroot" /root/.cache rw "$cache/packages"
    repository "$chroot" "$root"
    [ ! -d "$root/../shared" ] || show "$chroot" "$(dirname "$root")/shared" ro
    while IFS= read -r -d '' line; do
        [[ $line =~ $passed_on ]] && variables+=("$line")
    done < /proc/$$/environ
    # what an interrupted installation left; another call that installs at this moment does that itself
    chroot "$chroot" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a 2> /dev/null || true
    [ -d "$chroot$caller" ] || caller=$root
    exec env -i "${variables[@]}" HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$chroot" /bin/bash -c 'cd "$0" && exec "$@"' "$caller" "$root/dev" "$@"
}

show() { # CHROOT PATH rw|ro [SOURCE]: let the chroot see a folder or file at the same path
    local chroot=$1 path=$2 mode=$3 source=${4:-$2}
    if [ -d "$source" ]; then
        mkdir -p "$chroot$path"
    else
        mkdir -p "$chroot$(dirname "$path")"
        [ -e "$chroot$path" ] || : > "$chroot$path"
    fi
    mount --bind "$source" "$chroot$path"
    [ "$mode" = rw ] || mount -o remount,bind,ro "$chroot$path"
}

repository() { # CHROOT ROOT: show it entry by entry, so that the chroot's own .venv is a folder that can be renamed
    local chroot=$1 root=$2 entry name
    mkdir -p "$root/build" "$chroot$root"
    for entry in "$chroot$root"/* "$chroot$root"/.[!.]*; do # places of entries that are gone
        name=${entry##*/}
        [[ $own == *" $name "* || -e $root/$name ]] || rm -df "$entry" 2> /dev/null || true
    done
    for entry in "$root"/* "$root"/.[!.]*; do
        name=${entry##*/}
        [[ $own != *" $name "* && -e $entry ]] || continue
        show "$chroot" "$root/$name" rw
    done
}

network() { # CHROOT: this machine's names, certificates, and places of Python packages
    local chroot=$1 file folder
    rm -rf "$chroot/etc/pip.conf" "$chroot/etc/uv" "$chroot"/root/.config/{pip,uv}
    for file in /etc/{resolv.conf,hosts,pip.conf,uv/uv.toml,ssl/certs/ca-certificates.crt} "${PIP_CONFIG_FILE:-}" \
        "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}" "${CURL_CA_BUNDLE:-}"; do
        [ ! -f "$file" ] || copy "$file" "$chroot$file"
    done
    for file in pip/pip.conf uv/uv.toml; do
        [ ! -f "$HOME/.config/$file" ] || copy "$HOME/.config/$file" "$chroot/root/.config/$file"
    done
    for folder in $(folders_of_pip); do
        show "$chroot" "$folder" ro
    done
}

copy() { # FILE TARGET: a file behind links as a plain file, whatever was there
    mkdir -p "$(dirname "$2")"
    cp -L --remove-destination "$1" "$2"
}

folders_of_pip() { # folders on this machine in which pip looks for packages
    local word parent
    for word in ${PIP_FIND_LINKS:-} ${PIP_INDEX_URL:-} ${PIP_EXTRA_INDEX_URL:-} $(places_in_pip_conf); do
        case "$word" in
            file:///*) # the pages of an index point to files beside it
                word=${word#file://}
                parent=$(dirname "$word")
                [[ $parent =~ ^/(etc|usr|var)?$ ]] || word=$parent ;;
            /?*) ;;
            *) continue ;;
        esac
        [ ! -d "$word" ] || echo "$word"
    done | sort -u
}

places_in_pip_conf() { # the values of what tells pip where to look; they may go on in indented lines
    cat /etc/pip.conf "$HOME/.config/pip/pip.conf" "${PIP_CONFIG_FILE:-/dev/null}" 2> /dev/null | awk '
        /^[^ \t]/ { wanted = /^(find-links|index-url|extra-index-url)[ \t]*[=:]/; sub(/^[^=:]*[=:]/, "") }
        wanted'
}
