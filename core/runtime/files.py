"""Output files: they appear whole or not at all, and problems with them are found before the work."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ..contract.errors import Problems, RegionwiseError
from .filenames import check_length, check_name
from .replacing import HeldError, Pair, check_replaceable, take_names

GIB = 2**30
# those of other programs, too
SHAPEFILE = (".shp", ".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix")
LONGEST_KEPT = 64  # characters of the name of a checkpoint or tile while it is written
LARGE_FILE = 64 * 2**20  # bytes from which on hashing the content would cost seconds


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the name, on failure it goes."""
    with atomic_together([path]) as (part,):
        yield part


@contextmanager
def atomic_together(paths: Sequence[str | Path]) -> Iterator[list[Path]]:
    """Yield a temporary path beside each of `paths`; on success all take their names, on failure all go.

    A finished one stays if its name cannot be had, see `replacing.take_names`.
    """
    finals = [Path(path) for path in paths]
    # the ending stays last: GDAL and pyogrio choose the driver by it
    parts = [final.with_name(f".{final.stem}.part{os.getpid()}{final.suffix}") for final in finals]
    with ExitStack() as unfinished:
        for part in parts:
            unfinished.callback(part.unlink, missing_ok=True)
        yield parts
        _finish(list(zip(parts, finals, strict=True)), [], unfinished)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Yield a folder beside `path`; on success the files in it take their names, all or none, on failure they go.

    It is for an output of several files that bear one name: those that an older one had and the new one lacks go, too.
    """
    final = Path(path)
    folder = Path(tempfile.mkdtemp(prefix=".part", dir=final.parent))
    with ExitStack() as unfinished:
        unfinished.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder
        pairs = [(part, final.with_name(part.name)) for part in sorted(folder.iterdir())]
        names = [name.name.lower() for _, name in pairs]  # some systems do not tell large letters from small ones
        obsolete = [old for old in _files_of(final) if old.exists() and old.name.lower() not in names]
        _finish(pairs, obsolete, unfinished)


def _finish(pairs: Sequence[Pair], obsolete: Sequence[Path], unfinished: ExitStack) -> None:
    """Give finished files their names; those that are still held elsewhere are not `unfinished` any more."""
    try:
        take_names(pairs, obsolete)
    except HeldError:
        unfinished.pop_all()
        raise


def _files_of(final: Path) -> list[Path]:
    """The files of an output: of a shapefile all that belong together."""
    return [final.with_suffix(ending) for ending in SHAPEFILE] if final.suffix.lower() == ".shp" else [final]


def check_writable(*paths: str) -> None:
    """Make the parent folders of `paths` and try to write there; empty paths are skipped.

    Raises
    ------
    RegionwiseError
        If files cannot be written, have reserved names, are no regular files, or are open elsewhere.
    """
    problems = Problems()
    for path in dict.fromkeys(filter(None, paths)):
        try:
            _check_output(path)
        except RegionwiseError as err:
            problems.add_error(err)
    problems.raise_any()


def _check_output(path: str) -> None:
    """Raise `RegionwiseError` if one file cannot be written, see `check_writable`."""
    check_name(path)
    check_length(path)
    final = Path(path)
    for file in _files_of(final):
        check_replaceable(file)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        probe = final.with_name(f".{final.name}.probe{os.getpid()}")
        probe.touch()
        probe.unlink()
    except OSError as err:
        raise RegionwiseError(
            f"'{path}' cannot be written ({err.strerror or err}).", "Choose a folder where you may write."
        ) from err


def make_folder(path: str) -> Path:
    """The folder `path`, made if it is not there.

    Raises
    ------
    RegionwiseError
        If it cannot be made.
    """
    check_writable(str(Path(path) / "x"))
    return Path(path)


def _existing(path: str | Path) -> Path:
    folder = Path(path)
    while not folder.exists() and folder != folder.parent:  # a drive may be missing
        folder = folder.parent
    return folder


def disk_of(path: str | Path) -> int:
    """The number of the disk that `path` lies on, or would."""
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
    existing = [Path(name) for name in inputs if name and Path(name).exists()]
    for output in filter(None, outputs):
        if any(Path(output).exists() and Path(output).samefile(name) for name in existing):
            raise RegionwiseError(f"'{output}' is an input of this run and would be lost.", "Choose another output.")


def fingerprint(*parts: Any, files: Iterable[str] = ()) -> str:
    """A hash of JSON values and of `files`: of their content, or of size and time if they are large.

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
    """The folder for checkpoints of the run with fingerprint `key`; those of other runs are deleted.

    Checkpoints of another fingerprint can never be resumed, so they only take space.
    """
    for old in folder.glob("work-*"):
        if old.name != f"work-{key}":
            shutil.rmtree(old, ignore_errors=True)
    work = folder / f"work-{key}"
    check_length(str(work), LONGEST_KEPT)
    work.mkdir(parents=True, exist_ok=True)
    return work
