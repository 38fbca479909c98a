"""Files: outputs appear whole or not at all, and problems with them are found before the work."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import RegionwiseError

GIB = 2**30
LARGE_FILE = 64 * 2**20  # bytes from which on hashing the content would cost seconds


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the name, on failure it goes."""
    final = Path(path)
    # the ending stays last: GDAL and pyogrio choose the driver by it
    part = final.with_name(f".{final.stem}.part{os.getpid()}{final.suffix}")
    try:
        yield part
        os.replace(part, final)
    finally:
        part.unlink(missing_ok=True)


def check_writable(*paths: str) -> None:
    """Make the parent folders of `paths` and try to write there; empty paths are skipped.

    Raises
    ------
    RegionwiseError
        If a file cannot be written.
    """
    for path in filter(None, paths):
        final = Path(path)
        try:
            if final.is_dir():
                raise OSError("it is a folder")
            final.parent.mkdir(parents=True, exist_ok=True)
            probe = final.with_name(f".{final.name}.probe{os.getpid()}")
            probe.touch()
            probe.unlink()
        except OSError as err:
            raise RegionwiseError(
                f"'{path}' cannot be written ({err.strerror or err}).",
                "Choose a folder where you may write.",
            ) from err


def make_folder(path: str) -> Path:
    """Return the folder `path`, made if it is not there.

    Raises
    ------
    RegionwiseError
        If it cannot be made.
    """
    check_writable(str(Path(path) / "x"))
    return Path(path)


def _existing(path: str | Path) -> Path:
    folder = Path(path)
    while not folder.exists():
        folder = folder.parent
    return folder


def disk_of(path: str | Path) -> int:
    """Return the number of the disk that `path` lies on, or would."""
    return os.stat(_existing(path)).st_dev


def check_space(wanted: Iterable[tuple[str | Path, int]]) -> None:
    """Raise `RegionwiseError` unless each disk has room for all `wanted` (path, bytes) on it together."""
    needed: dict[int, int] = {}
    folders: dict[int, Path] = {}
    for path, size in wanted:
        disk, folder = disk_of(path), _existing(path)
        needed[disk] = needed.get(disk, 0) + size
        folders[disk] = folder
    for disk, size in needed.items():
        free = shutil.disk_usage(folders[disk]).free
        if free < size:
            raise RegionwiseError(
                f"The disk of '{folders[disk]}' has {free / GIB:.2f} GiB left, the run needs {size / GIB:.2f}.",
                "Free some space or choose another output folder.",
            )


def check_not_input(outputs: Iterable[str], inputs: Iterable[str]) -> None:
    """Raise `RegionwiseError` if one of `outputs` would overwrite one of `inputs`."""
    known = [Path(name) for name in inputs if name and Path(name).exists()]
    for output in filter(None, outputs):
        if any(Path(output).exists() and Path(output).samefile(name) for name in known):
            raise RegionwiseError(f"'{output}' is an input of this run and would be lost.", "Choose another output.")


def fingerprint(*parts: Any, files: Iterable[str] = ()) -> str:
    """Return a hash of JSON values and of `files`: of their content, or of size and time if they are large.

    Two runs with the same fingerprint would give the same result, so one may resume the other.
    """
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for name in files:
        try:
            status = os.stat(name)
            if status.st_size > LARGE_FILE:
                digest.update(f"{name}:{status.st_size}:{status.st_mtime_ns}".encode())
            else:
                digest.update(hashlib.sha256(Path(name).read_bytes()).digest())
        except OSError:  # a GDAL path that is no file: its text stands for it
            digest.update(name.encode())
    return digest.hexdigest()[:16]


def work_folder(folder: Path, key: str) -> Path:
    """Return the folder for checkpoints of the run with fingerprint `key`; other runs' ones go.

    Checkpoints of another fingerprint can never be resumed, so they are only in the way.
    """
    for old in folder.glob("work-*"):
        if old.name != f"work-{key}":
            shutil.rmtree(old, ignore_errors=True)
    work = folder / f"work-{key}"
    work.mkdir(parents=True, exist_ok=True)
    return work


def safe_name(name: str) -> str:
    """Return `name` with every letter replaced that a file name may not have somewhere."""
    return "".join("_" if letter in '/\\:*?"<>|' else letter for letter in name)
