"""The managed engine: an environment that QGIS users install, repair and remove, in their own profile."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import RegionwiseError
from ..core.protocol import VERSION
from . import installer

POINTER, GUARD = "engine.json", "installing.lock"


def managed_interpreter(home: Path) -> Path | None:
    """Return the interpreter of the engine that is in force below `home`, or None."""
    try:
        pointer = json.loads((home / POINTER).read_text(encoding="utf-8"))
        interpreter = installer.interpreter_of(home / pointer["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return interpreter if interpreter.exists() else None


def install(home: Path, *, source: str, device: str, repair: bool, feedback: installer.Feedback) -> Path:
    """Install the managed engine below `home`; return its interpreter.

    The new environment is built beside the old one; a pointer file replaced in one step puts it in
    force, so a failed or cancelled installation changes nothing.
    """
    with _guard(home):
        current = managed_interpreter(home)
        wanted = installer.stamp(installer.resolve_device(device))
        if current and not repair and installer.stamp_of(current) == wanted:
            feedback.pushInfo(f"The engine is up to date: {current}")
            return current
        name = f"engine-{VERSION}-{time.strftime('%Y%m%d%H%M%S')}"
        try:
            interpreter = installer.build(home / name, source=source, device=device, feedback=feedback)
        except BaseException:
            shutil.rmtree(home / name, ignore_errors=True)
            raise
        part = home / f"{POINTER}.part"
        part.write_text(json.dumps({"folder": name, "version": VERSION}), encoding="utf-8")
        os.replace(part, home / POINTER)
        _forget_others(home, name)
        return interpreter


def remove(home: Path) -> bool:
    """Remove the managed engine; return whether there was one."""
    with _guard(home):
        there = (home / POINTER).exists()
        (home / POINTER).unlink(missing_ok=True)
        _forget_others(home, "")
    return there


def _forget_others(home: Path, kept: str) -> None:
    for folder in home.glob("engine-*"):
        if folder.name != kept:
            shutil.rmtree(folder, ignore_errors=True)  # one still in use stays until the next time


@contextmanager
def _guard(home: Path) -> Iterator[None]:
    """Let one window at a time change the engine; a guard whose process has died does not count."""
    home.mkdir(parents=True, exist_ok=True)
    guard = home / GUARD
    if guard.exists() and not _alive(guard):
        guard.unlink(missing_ok=True)
    try:
        handle = os.open(guard, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError as err:
        raise RegionwiseError(
            "Another QGIS window is changing the engine just now.",
            f"Wait until it has finished, or delete '{guard}' if that is not so.",
        ) from err
    try:
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        yield
    finally:
        guard.unlink(missing_ok=True)


def _alive(guard: Path) -> bool:
    if os.name == "nt":  # signal 0 would end the process there
        return time.time() - guard.stat().st_mtime < 3600
    try:
        os.kill(int(guard.read_text(encoding="utf-8")), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
