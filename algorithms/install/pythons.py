"""Finds a Python that can build the engine, by running those that lie in known places; never QGIS itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess  # nosec B404
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ...core.contract.errors import RegionwiseError
from ..processes import answer
from .platforms import NEWEST_PYTHON, OLDEST_PYTHON, dotted, this_system

PROBE = (
    "import json, struct, sys, sysconfig, importlib.util as u;"
    "print(json.dumps({'version': list(sys.version_info[:2]), 'name': sys.implementation.name,"
    "'bits': struct.calcsize('P') * 8, 'threads': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),"
    "'venv': bool(u.find_spec('venv') and u.find_spec('ensurepip'))}))"
)
MINORS = range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1)
PROBE_S = 60  # a virus scanner may look at it first


def candidates(variables: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield Python programs that may build an environment, the likeliest first.

    Those that the user has installed come before QGIS's own: an update of QGIS takes its own away.
    """
    if this_system() == "windows":
        yield from _windows(variables)
    elif this_system() == "mac":
        yield from _mac()
    yield from _on_path(variables)
    if this_system() == "windows":  # elsewhere QGIS's own is the system's, or a bundle whose environments do not work
        yield from (str(Path(sys.prefix) / name) for name in ("python.exe", "python3.exe"))
    elif this_system() == "linux":
        yield "/usr/bin/python3"


def _windows(variables: Mapping[str, str]) -> Iterator[str]:
    yield from _registered()
    local = variables.get("LOCALAPPDATA")
    for minor in MINORS:
        yield from [str(Path(local, "Programs", "Python", f"Python3{minor}", "python.exe"))] if local else []
    launcher = shutil.which("py", path=variables.get("PATH"))
    if launcher:
        yield from _told_by_launcher(launcher, dict(variables))


def _registered() -> Iterator[str]:
    """Yield what installers from python.org have written into the registry, for this user first."""
    try:
        import winreg
    except ImportError:
        return
    views = (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY)
    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        for minor in MINORS:
            for view in views:
                name = rf"Software\Python\PythonCore\3.{minor}\InstallPath"
                try:
                    with winreg.OpenKey(root, name, 0, winreg.KEY_READ | view) as key:
                        folder = winreg.QueryValueEx(key, "")[0]
                except OSError:
                    continue
                yield str(Path(folder) / "python.exe")


def _told_by_launcher(launcher: str, variables: dict[str, str]) -> Iterator[str]:
    try:
        _, text = answer([launcher, "-0p"], variables, timeout_s=PROBE_S)
    except (OSError, subprocess.SubprocessError):
        return
    yield from re.findall(r"[A-Za-z]:\\.*?python\.exe", text)


def _mac() -> Iterator[str]:
    """Yield where Homebrew, python.org and MacPorts put it; a window program's PATH names none of them."""
    home = Path.home()
    for minor in MINORS:
        for folder in ("/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin", home / ".local/bin"):
            yield str(Path(folder, f"python3.{minor}"))
        yield f"/Library/Frameworks/Python.framework/Versions/3.{minor}/bin/python3"


def _on_path(variables: Mapping[str, str]) -> Iterator[str]:
    found = [shutil.which(f"python3.{minor}", path=variables.get("PATH")) for minor in MINORS]
    found += [shutil.which(name, path=variables.get("PATH")) for name in ("python3", "python")]
    for program in filter(None, found):
        # these two are no Pythons: one opens a shop, the other asks to install developer tools
        if "WindowsApps" not in program and not (this_system() == "mac" and program.startswith("/usr/bin/")):
            yield program


def find_python(
    wanted: Iterable[tuple[int, int]], tried: Iterable[str] | None = None, variables: Mapping[str, str] = os.environ
) -> tuple[str, tuple[int, int]] | None:
    """The first Python that runs, is of a `wanted` version and can build environments; None if there is none."""
    wanted = set(wanted)
    for program in dict.fromkeys(candidates(variables) if tried is None else tried):
        try:
            version = check_python(program, variables)
        except RegionwiseError:
            continue
        if version in wanted:
            return program, version
    return None


def check_python(program: str, variables: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """The version of `program`, found out by running it.

    Raises
    ------
    RegionwiseError
        If it is QGIS, is not there, does not run as Python, or cannot build environments for the lock's wheels.
    """
    check_there(program)
    trouble, version = _probe(program, variables)
    if trouble:
        raise _unusable(program, trouble)
    return version


def check_there(program: str) -> None:
    """Raise `RegionwiseError` if `program` is QGIS or is not there; runs nothing."""
    if is_qgis(program):
        raise _unusable(program, "it is QGIS itself, not a Python")
    if not Path(program).is_file():
        raise _unusable(program, "there is no such file")


def _unusable(program: str, trouble: str) -> RegionwiseError:
    return RegionwiseError(
        f"PYTHON '{program}' cannot be used: {trouble}.",
        f"Name a Python {dotted(OLDEST_PYTHON)} to {dotted(NEWEST_PYTHON)}, or leave PYTHON empty: one is looked "
        "for, and brought if there is none.",
    )


def _probe(program: str, variables: Mapping[str, str]) -> tuple[str, tuple[int, int]]:
    nothing = (0, 0)
    try:
        _, text = answer([program, "-I", "-X", "utf8", "-c", PROBE], dict(variables), timeout_s=PROBE_S)
        told = json.loads(text.strip().splitlines()[-1])
        version = (int(told["version"][0]), int(told["version"][1]))
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return "it does not run as Python", nothing
    if not OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return f"it is Python {dotted(version)}", version
    if told["name"] != "cpython" or told["threads"]:
        return (
            f"it is {told['name']}{' without a global lock' if told['threads'] else ''}, not CPython as usual",
            version,
        )
    if told["bits"] != 64:
        return f"it has {told['bits']} bits", version
    return ("" if told["venv"] else "it lacks venv or ensurepip (Debian, Ubuntu: apt install python3-venv)"), version


def is_qgis(program: str) -> bool:
    """Whether `program` is QGIS, which would open a window instead of answering."""
    name = Path(program).name.lower()
    if name.startswith("qgis"):
        return True
    own = Path(sys.executable)
    return not own.name.lower().startswith("python") and Path(program).exists() and Path(program).samefile(own)
