"""What the package index tells of wheels: which fit a platform, their hashes and sizes, and what is inside."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version
from regionwise.algorithms.install.platforms import Platform
from regionwise.algorithms.install.sources import default_index, read_sources

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "wheels-inside"
JSON = "application/vnd.pypi.simple.v1+json"
READ_AHEAD = 1 << 16


@dataclass(frozen=True)
class Wheel:
    """A file of the index; its size in bytes."""

    name: str
    sha256: str
    size: int
    url: str = ""


@cache
def files_of(package: str) -> tuple[Wheel, ...]:
    """Return the wheels of `package`."""
    request = urllib.request.Request(
        f"{read_sources().index or default_index()}/{canonicalize_name(package)}/", headers={"Accept": JSON}
    )
    with urllib.request.urlopen(request) as answer:  # nosec B310
        listed = json.load(answer)["files"]
    return tuple(
        Wheel(file["filename"], file["hashes"]["sha256"], file["size"], file["url"])
        for file in listed
        if file["filename"].endswith(".whl") and not file.get("yanked")
    )


def choose(requirement: str, platform: Platform, python: str) -> Wheel | None:
    """Return the wheel that an installer would take for a pinned `requirement`, or None."""
    wanted = Requirement(requirement)
    best = None
    order = {tag: rank for rank, tag in enumerate(supported(platform.name, python))}
    for wheel in files_of(wanted.name):
        version = version_of(wheel.name)
        if version is None or version not in wanted.specifier:
            continue
        ranks = [order[tag] for tag in parse_wheel_filename(wheel.name)[3] if tag in order]
        if ranks and (best is None or min(ranks) < best[0]):
            best = min(ranks), wheel
    return best[1] if best else None


def version_of(name: str) -> Version | None:
    """Return the version of the wheel called `name`; None if that is no name of a wheel."""
    try:
        return parse_wheel_filename(name)[1]
    except InvalidWheelFilename:
        return None


def listed(names: dict[str, list], platform: Platform, python: str) -> Wheel | None:
    """Return the wheel among `names` (name -> sha256, bytes) that fits, or None."""
    fitting = [name for name in names if fits(name, platform.name, python)]
    return Wheel(fitting[0], *names[fitting[0]]) if fitting else None


def fits(name: str, platform: str, python: str) -> bool:
    """Return whether the wheel called `name` runs on `platform` with `python`."""
    return bool(parse_wheel_filename(name)[3] & set(supported(platform, python)))


@cache
def supported(platform: str, python: str) -> tuple[tags.Tag, ...]:
    """Return the tags that fit, the best first."""
    version = tuple(int(part) for part in python.split("."))
    names = _names(platform)
    own = f"cp{version[0]}{version[1]}"
    return (*tags.cpython_tags(version, platforms=names), *tags.compatible_tags(version, own, names))


def _names(platform: str) -> list[str]:
    kind, *numbers, machine = platform.replace("x86_64", "x86-64").split("_")
    machine = machine.replace("-", "_")
    if kind == "macosx":
        return list(tags.mac_platforms((int(numbers[0]), int(numbers[1])), machine))
    if kind == "manylinux":
        old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        names = []
        for minor in range(int(numbers[1]), 4, -1):
            names += [f"manylinux_2_{minor}_{machine}"] + ([f"{old[minor]}_{machine}"] if minor in old else [])
        return [*names, f"linux_{machine}"]
    return [platform]


def inside(wheel: Wheel) -> tuple[int, int]:
    """Return how many bytes `wheel` unpacks to, and the length of its longest path."""
    kept = CACHE / f"{wheel.sha256}.json"
    if not kept.exists():
        with zipfile.ZipFile(Remote(wheel.url, wheel.size)) as archive:
            entries = archive.infolist()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([sum(e.file_size for e in entries), max(len(e.filename) for e in entries)]))
    unpacked, longest = json.loads(kept.read_text())
    return unpacked, longest


class Remote(io.RawIOBase):
    """A file on a server, of which only the parts that are read are fetched."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._place = url, size, 0
        self._start, self._kept = 0, b""

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place and return it."""
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes."""
        end = self._size if size < 0 else min(self._place + size, self._size)
        if not self._start <= self._place <= end <= self._start + len(self._kept):
            self._fetch(end)
        found = self._kept[self._place - self._start : end - self._start]
        self._place = end
        return found

    def _fetch(self, end: int) -> None:
        # the directory lies at the end and is read in small pieces, from back to front and then forward
        self._start = max(0, min(self._place, end - READ_AHEAD))
        headers = {"Range": f"bytes={self._start}-{max(end, self._start + 1) - 1}"}
        with urllib.request.urlopen(urllib.request.Request(self._url, headers=headers)) as answer:  # nosec B310
            self._kept = answer.read()
