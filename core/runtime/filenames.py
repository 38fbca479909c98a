"""Names of files that every system can hold, for files travel."""

from __future__ import annotations

import os
from pathlib import Path

from ..contract.errors import RegionwiseError

WINDOWS = os.name == "nt"
FORBIDDEN = frozenset('<>:"/\\|?*')
DIGITS = "123456789¹²³"  # Windows takes the raised ones for digits, too
DEVICES = frozenset(
    (
        "NUL",
        "CON",
        "PRN",
        "AUX",
        "CONIN$",
        "CONOUT$",
        *(f"{port}{digit}" for port in ("COM", "LPT") for digit in DIGITS),
    )
)
LONGEST_PATH = 259  # characters that Windows allows
ADDED = 24  # by which the name of a file is longer while it is written, at most


def check_name(path: str) -> None:
    """Raise `RegionwiseError` if the name of `path`, or of a folder that is to be made for it, is reserved somewhere.

    Folders that are there already are this system's matter; on Windows ``NUL`` seems to be there, so all are looked at.
    """
    final = Path(path)
    folders = [folder for folder in final.parents if folder.name and (WINDOWS or not folder.exists())]
    for checked in (final, *folders):
        fault = _fault(checked.name)
        if fault:
            shown = path if path.isprintable() else ascii(path)[1:-1]
            raise RegionwiseError(f"'{shown}' cannot be written: {fault}.", "Choose another name.")


def check_length(path: str, added: int = ADDED) -> None:
    """Raise `RegionwiseError` if `path` is longer than Windows allows; elsewhere paths may be longer.

    Parameters
    ----------
    added : int
        Characters by which the paths of a run's own files are longer, at most.
    """
    length = len(str(Path(path).absolute()))
    if WINDOWS and length + added > LONGEST_PATH:
        raise RegionwiseError(
            f"'{path}' cannot be written: its path has {length} characters; Windows allows {LONGEST_PATH}, of which "
            f"the run needs {added} more while it works.",
            "Choose a folder with a shorter path, or a shorter name.",
        )


def safe_name(name: str) -> str:
    """`name` with every letter replaced that some system forbids in file names, and never that of a device."""
    safe = "".join("_" if _is_forbidden(letter) else letter for letter in name)
    return f"_{safe}" if _is_device(safe) else safe


def _fault(name: str) -> str:
    """The fault of the name of a file or folder, or an empty text."""
    if name == "..":
        return ""
    forbidden = next((letter for letter in name if _is_forbidden(letter)), None)
    if forbidden is not None:
        return f"a name cannot have the character {forbidden!a} on every system"
    if _is_device(name):
        return f"on Windows '{name}' is a device, not a file"
    if name.endswith((".", " ")):
        return f"'{name}' ends with a {'dot' if name.endswith('.') else 'space'}, which Windows drops"
    return ""


def _is_device(name: str) -> bool:
    """Whether Windows takes `name` for a device; whatever follows the first dot does not count."""
    return name.split(".")[0].rstrip(" ").upper() in DEVICES


def _is_forbidden(letter: str) -> bool:
    """Whether a letter is forbidden somewhere; halves of a pair of UTF-16 can be written nowhere."""
    return letter in FORBIDDEN or letter < " " or "\ud800" <= letter <= "\udfff"
