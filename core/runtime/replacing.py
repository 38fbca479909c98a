"""Replacing of outputs: finished files take their names, all or none; a program that has one open is waited for.

On Windows a file cannot be replaced while another program has it open: a layer in QGIS, a table in a spreadsheet, for
a moment also a virus scanner. So a target is tried before the work, and at the end it is waited for; what is finished
is never thrown away.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ..contract.errors import RegionwiseError
from .filenames import WINDOWS

PATIENCE_S, GLANCE_S = 10.0, 1.0  # for a file that is open elsewhere: at the end, and before the work
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0  # between two tries
HELD = (None, 5, 32, 33)  # Windows' numbers of: access denied, shared otherwise, locked; other systems have none
HOLDER = "another program (probably QGIS, as a layer) has it open"
LET_GO = "Remove the layer from QGIS or close the program, then"

Pair = tuple[Path, Path]  # a finished file and the name that it is to have


class HeldError(RegionwiseError):
    """An output cannot be replaced; the finished files are kept."""


def check_replaceable(path: Path) -> None:
    """Raise `RegionwiseError` if `path` is there and is no regular file or, on Windows, could not be replaced."""
    _check_kind(path)
    if not WINDOWS or not path.exists():
        return
    if not os.access(path, os.W_OK):
        raise RegionwiseError(f"'{path}' cannot be written (it is read-only).", "Choose another name.")
    try:
        # renaming a file, even to its own name, fails where replacing it would
        _patiently(partial(os.rename, path, path), time.monotonic() + GLANCE_S)
    except PermissionError as err:
        raise RegionwiseError(f"'{path}' cannot be written: {HOLDER}.", f"{LET_GO} run again.") from err


def take_names(pairs: Sequence[Pair], obsolete: Sequence[Path] = ()) -> None:
    """Give finished files their names: all of them, or none.

    Parameters
    ----------
    obsolete : sequence of Path
        Files of an older output that the new one lacks; they are deleted with it.

    Raises
    ------
    HeldError
        If one is still open elsewhere after `PATIENCE_S`: everything is as it was before, and the finished files stay.
    """
    for _, final in pairs:
        _check_kind(final)
    until = time.monotonic() + PATIENCE_S
    if len(pairs) == 1 and not obsolete:  # nothing else could be left half done
        _move(*pairs[0], pairs[0][1], pairs, until)
        return
    aside = {old: _aside(old) for old in (*(final for _, final in pairs if final.exists()), *obsolete)}
    # moving the old ones aside tries every name before the first new one appears
    moves = [*((old, new, old) for old, new in aside.items()), *((part, final, final) for part, final in pairs)]
    done: list[Pair] = []
    try:
        for before, after, name in moves:
            _move(before, after, name, pairs, until)
            done.append((before, after))
    except BaseException:
        for before, after in reversed(done):
            _patiently(partial(os.replace, after, before), time.monotonic() + PATIENCE_S)
        raise
    for old in aside.values():
        with contextlib.suppress(OSError):  # the new ones are there, and that is what counts
            old.unlink()


def _move(before: Path, after: Path, name: Path, pairs: Sequence[Pair], until: float) -> None:
    """Rename a file for the sake of the output called `name`, see `take_names`."""
    try:
        _patiently(partial(os.replace, before, after), until)
    except PermissionError as err:
        names = ", ".join(f"'{final.name}'" for _, final in pairs)
        way = "rename the finished file" if len(pairs) == 1 else "move the finished files"
        raise HeldError(
            f"'{name}' cannot be replaced ({err.strerror}): {HOLDER}. What is finished is kept: {_kept(pairs)}.",
            f"{LET_GO} {way} to {names}, or run again.",
        ) from err


def _patiently(action: Callable[[], None], until: float) -> None:
    """Do `action`; while another program has a file open, try again `until` then (monotonic clock, s)."""
    pause = FIRST_PAUSE_S
    while True:
        try:
            return action()
        except PermissionError as err:
            left = until - time.monotonic()
            if left <= 0 or getattr(err, "winerror", None) not in HELD:
                raise
            time.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE_S)


def _check_kind(path: Path) -> None:
    """Raise `RegionwiseError` if anything but a regular file is at `path`; links are not followed."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:  # nothing yet; what hinders writing is found by writing
        return
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "a device or a pipe"
        raise RegionwiseError(f"'{path}' cannot be written (it is {kind}, not a file).", "Choose another name.")


def _aside(old: Path) -> Path:
    return old.with_name(f".{old.stem}.old{os.getpid()}{old.suffix}")


def _kept(pairs: Sequence[Pair]) -> str:
    """Where the finished files are: their paths, or the folder that holds nothing else."""
    folders = {part.parent for part, _ in pairs}
    if len(pairs) > 1 and len(folders) == 1 and not folders & {final.parent for _, final in pairs}:
        return f"'{folders.pop()}'"
    return ", ".join(f"'{part}'" for part, _ in pairs)
