"""The lock of the engine: which wheel of each package is installed on which platform and Python."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...core.contract.errors import RegionwiseError
from .platforms import dotted, platform_named

LOCK = Path(__file__).resolve().parents[2] / "resources" / "engine-lock.json"
ENGINES = ("full", "trees")
DEVICES = ("cpu", "cuda")
MB = 10**6


@dataclass(frozen=True)
class Wheel:
    """A file that the lock names.

    Parameters
    ----------
    hashes : tuple of str
        Of this file, ``sha256:...``, then of other wheels of the same version that would do as well.
    size, unpacked : int
        Bytes to download, and bytes on disk.
    longest : int
        Characters of its longest path.
    """

    name: str
    hashes: tuple[str, ...]
    size: int
    unpacked: int
    longest: int

    @property
    def sha256(self) -> str:
        """The SHA-256 of this file."""
        return self.hashes[0].partition(":")[2]

    @property
    def package(self) -> str:
        """The package, as an index names its page."""
        return self.name.split("-")[0].replace("_", "-").replace(".", "-").lower()

    @property
    def version(self) -> str:
        """The version, with the local part that names a build."""
        return self.name.split("-")[1]

    @property
    def requirement(self) -> str:
        """A line for uv and pip that only files of known content fulfil."""
        # === since a folder of links may hold another build of the same version, which == would take for it
        return f"{self.package}==={self.version} {' '.join(f'--hash={known}' for known in self.hashes)}"


@dataclass(frozen=True)
class Plan:
    """The content of an engine: the wheels for a platform, a Python, a kind of engine and a device."""

    platform: str
    python: tuple[int, int]
    engine: str
    device: str
    wheels: tuple[Wheel, ...]

    @property
    def megabytes(self) -> int:
        """The size of the download, at most, in MB."""
        return round(sum(wheel.size for wheel in self.wheels) / MB)

    @property
    def needed_bytes(self) -> int:
        """The free disk that the installation needs: the wheels and what they unpack to."""
        return sum(wheel.size + wheel.unpacked for wheel in self.wheels)

    @property
    def longest(self) -> Wheel:
        """The wheel with the longest path."""
        return max(self.wheels, key=lambda wheel: wheel.longest)

    @property
    def torch(self) -> Wheel | None:
        """The wheel of torch, if there is one."""
        return next((wheel for wheel in self.wheels if wheel.package == "torch"), None)

    @property
    def stamp(self) -> str:
        """A hash of all that decides what the environment holds."""
        told = [self.platform, self.python, self.engine, self.device, [wheel.sha256 for wheel in self.wheels]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


class Lock:
    """The lock file, see tools/lock.py."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def pythons(self, platform: str) -> list[tuple[int, int]]:
        """The versions of Python that have all packages on `platform`, the oldest first."""
        names = [name.rpartition("-") for name in self._content["targets"]]
        found = [tuple(int(part) for part in python.split(".")) for own, _, python in names if own == platform]
        return sorted((major, minor) for major, minor in found)

    def has(self, platform: str, python: tuple[int, int], engine: str, device: str) -> bool:
        """Whether there is a plan for this."""
        target = self._content["targets"].get(f"{platform}-{dotted(python)}", {})
        return "trees" in target if engine == "trees" else "full" in target and device in target

    def best_engine(self, platform: str) -> str:
        """``full``, or ``trees`` where torch has no wheel."""
        return "full" if any(self.has(platform, p, "full", "cpu") for p in self.pythons(platform)) else "trees"

    def plan(self, platform: str, python: tuple[int, int], engine: str, device: str) -> Plan:
        """The wheels for a platform and Python.

        Raises
        ------
        RegionwiseError
            If the lock has none; tells what it has.
        """
        title = platform_named(platform).title
        fitting = [own for own in self.pythons(platform) if self.has(platform, own, engine, device)]
        if python not in fitting:
            raise self._missing(title, platform, python, engine, device)
        target = self._content["targets"][f"{platform}-{dotted(python)}"]
        groups = ("trees",) if engine == "trees" else ("trees", "full", device)
        names = [name for group in groups for name in target[group]]
        device = "cpu" if engine == "trees" else device
        return Plan(platform, python, engine, device, tuple(self._wheel(name) for name in names))

    def _missing(self, title: str, platform: str, python: tuple[int, int], engine: str, device: str) -> RegionwiseError:
        fitting = [dotted(own) for own in self.pythons(platform) if self.has(platform, own, engine, device)]
        if fitting:
            return RegionwiseError(
                f"On {title} the engine '{engine}' for {device} has packages for Python {', '.join(fitting)}, not for "
                f"{dotted(python)}.",
                "Choose one of these Pythons.",
            )
        if device == "cuda" and self.best_engine(platform) == "full":
            return RegionwiseError(f"For {title} torch has no build for NVIDIA GPUs.", "Choose DEVICE = cpu.")
        return RegionwiseError(f"For {title} torch has no wheel.", "Choose ENGINE = trees or auto.")

    def tool(self, platform: str) -> Wheel:
        """The wheel of uv."""
        return self._wheel(self._content["tool"]["wheels"][platform])

    def _wheel(self, name: str) -> Wheel:
        facts = self._content["files"][name]
        return Wheel(name, tuple(facts["hashes"]), facts["size"], facts["unpacked"], facts["longest"])


@cache
def read_lock() -> Lock:
    """The lock that comes with the plugin."""
    return Lock(json.loads(LOCK.read_text(encoding="utf-8")))
