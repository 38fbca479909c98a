#!/usr/bin/env bash
# Inside the Debian of tools/windows.sh: runs the tests under the Windows Python.
set -euo pipefail
# shellcheck source=tools/windows/wine.sh
. /regionwise/tools/windows/wine.sh
exec /usr/lib/wine/wine64 "$windows_python" -X utf8 'Z:\regionwise\tools\windows\drive.py' "$@"
