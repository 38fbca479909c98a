# shellcheck shell=bash disable=SC2034
# Inside the Debian of tools/windows.sh: how a Windows program is run there. To be read by other scripts.
export WINEPREFIX=/opt/prefix WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml,winedbg.exe=' # it would ask for the first two in a window; the third dumps what crashes
export XDG_RUNTIME_DIR=/tmp # it looks for a desktop there
export SSL_CERT_FILE='Z:\opt\ca-certificates.crt'
unset PIP_CERT # Windows' store is asked, which wine fills from the Debian's
windows_python='Z:\opt\python\python.exe'

wine() { /usr/lib/wine/wine64 "$@"; }
