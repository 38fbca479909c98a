"""The home of the engine: one for all profiles and versions of QGIS, in the user's folder for such data."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...core.contract.errors import RegionwiseError
from ...core.contract.protocol import STAMP, VERSION
from .lock import MB, Lock, Plan
from .platforms import dotted, this_system

VARIABLE = "REGIONWISE_HOME"
POINTER, GUARD = "engine.json", "lock"
WINDOWS_PATH = 259  # characters of a whole path, without the last zero
GOING = "old-"  # a folder that is being removed


def default_home(variables: Mapping[str, str] = os.environ) -> Path:
    """The folder of the engine; short on Windows, where packages with long paths must fit below it."""
    if variables.get(VARIABLE):
        return Path(variables[VARIABLE])
    home = Path.home()
    if this_system() == "windows":
        return Path(variables.get("LOCALAPPDATA") or home / "AppData/Local") / "regionwise"
    if this_system() == "mac":
        return home / "Library/Application Support/Regionwise"
    return Path(variables.get("XDG_DATA_HOME") or home / ".local/share") / "regionwise"


def interpreter_of(environment: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def installed(home: Path) -> Path | None:
    """The interpreter of the engine that is in force below `home`, or None."""
    try:
        pointer = json.loads((home / POINTER).read_text(encoding="utf-8"))
        interpreter = interpreter_of(home / pointer["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return interpreter if interpreter.exists() else None


def stamp_of(interpreter: Path) -> dict[str, str]:
    """The stamp of the environment of `interpreter` (stamp, engine, device ...); empty if nothing."""
    try:
        found = json.loads((interpreter.parents[1] / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_stamp(environment: Path, plan: Plan, device: str) -> None:
    """Let the environment say what it holds; `device` is what it can really compute on."""
    told = {"stamp": plan.stamp, "engine": plan.engine, "build": plan.device, "device": device}
    told |= {"platform": plan.platform, "python": dotted(plan.python)}
    (environment / STAMP).write_text(json.dumps({**told, "version": VERSION}) + "\n", encoding="utf-8")


def out_of_date(interpreter: Path, lock: Lock) -> bool:
    """Whether an engine that was installed holds other packages than `lock` names."""
    told = stamp_of(interpreter)
    if not told:  # a Python of the user
        return False
    try:
        python = tuple(int(part) for part in told["python"].split("."))
        plan = lock.plan(told["platform"], (python[0], python[1]), told["engine"], told["build"])
    except (RegionwiseError, KeyError, ValueError, IndexError):
        return True
    return plan.stamp != told.get("stamp")


def new_folder(home: Path) -> Path:
    """A folder for a new environment; its name is short."""
    while True:
        folder = home / secrets.token_hex(2)
        if not folder.exists():
            return folder


def put_in_force(home: Path, folder: Path) -> None:
    """Let `folder` be the engine from now on, in one step."""
    part = home / f"{POINTER}.part"
    part.write_text(json.dumps({"folder": folder.name, "version": VERSION}) + "\n", encoding="utf-8")
    os.replace(part, home / POINTER)


def forget_others(home: Path, kept: str = "") -> list[Path]:
    """Remove all environments but `kept`; return those that a program still uses: they go the next time."""
    return [folder for folder in _environments(home) if folder.name != kept and not discard(folder)]


def _environments(home: Path) -> Iterator[Path]:
    for folder in sorted(home.glob("*")):
        if folder.name.startswith((GOING, "engine-")) or (folder / "pyvenv.cfg").exists():
            yield folder


def discard(folder: Path) -> bool:
    """Remove `folder` and return True; leave it whole and return False if a program uses it.

    It is renamed first: Windows refuses that while a file in it is open, so nothing is half removed.
    """
    gone = folder
    if not folder.name.startswith(GOING):
        gone = folder.with_name(f"{GOING}{folder.name}")
        try:
            with unused(folder):
                os.replace(folder, gone)
        except FileNotFoundError:
            return True
        except OSError:
            return False
    shutil.rmtree(gone, ignore_errors=True)
    return not gone.exists()


@contextlib.contextmanager
def unused(folder: Path) -> Iterator[None]:
    """Go on only if no engine runs from `folder`; each holds a lock while it lives (`core/worker.py`).

    Raises
    ------
    OSError
        If one runs.
    """
    if os.name == "nt":  # there a file that is open stops the renaming itself
        yield
        return
    import fcntl

    config = folder / "pyvenv.cfg"
    if not config.exists():
        yield
        return
    with config.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def engines_of_old_place(profile: Path) -> list[Path]:
    """Folders of engines that earlier versions have put into QGIS profiles, `profile` and those beside it."""
    places = [profile / "regionwise", *(other / "regionwise" for other in sorted(profile.parent.glob("*")))]
    return [place for place in dict.fromkeys(places) if any(place.glob("engine-*")) or (place / POINTER).exists()]


def size_of(folder: Path) -> int:
    """The bytes of the files below `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def check_home(home: Path, plan: Plan, system: str) -> None:
    """See to it, before anything is downloaded, that the engine can be put below `home`.

    Raises
    ------
    RegionwiseError
        If `home` cannot be written, lies too deep for Windows, or the disk is too full.
    """
    elsewhere = f"Name another folder in the variable {VARIABLE}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as err:
        raise RegionwiseError(f"'{home}' cannot be written ({err.strerror or err}).", f"{elsewhere}.") from err
    deepest = len(str(home)) + len("\\1234\\Lib\\site-packages\\") + plan.longest.longest
    if system == "windows" and deepest > WINDOWS_PATH:
        raise RegionwiseError(
            f"'{home}' is too long: a file of {plan.longest.package} would have {deepest} characters there, Windows "
            f"allows {WINDOWS_PATH}.",
            f"{elsewhere}, such as C:\\regionwise.",
        )
    free = shutil.disk_usage(home).free
    if free < plan.needed_bytes:
        raise RegionwiseError(
            f"The disk of '{home}' has {free / MB:,.0f} MB left, the engine needs {plan.needed_bytes / MB:,.0f}.",
            f"Free some space. {elsewhere} on another disk, or choose ENGINE = trees.",
        )
