"""File hashes: what a file held when a map was made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 22
SHA256 = "1220"  # how multihashes of STAC begin that are SHA-256 of 32 bytes


@dataclass(frozen=True)
class HashedFile:
    """A file by its name and content.

    Parameters
    ----------
    sha256 : str
        Empty where it is no regular file, as inside an archive.
    """

    name: str
    sha256: str
    size: int = 0

    @classmethod
    def of(cls, path: str) -> HashedFile:
        """The file at `path` as it is now."""
        place = Path(path)
        if not place.is_file():
            return cls(place.name, "")
        digest = hashlib.sha256()
        with place.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return cls(place.name, digest.hexdigest(), place.stat().st_size)

    @property
    def multihash(self) -> str:
        """The hash as STAC's file extension writes it."""
        return SHA256 + self.sha256


class Hashing:
    """Hashes files in a thread of its own, beside other work."""

    def __init__(self, paths: Iterable[str]) -> None:
        pool = ThreadPoolExecutor(1)
        self._hashed: dict[str, Future[HashedFile]] = {path: pool.submit(HashedFile.of, path) for path in paths}
        pool.shutdown(wait=False)

    def result(self) -> dict[str, HashedFile]:
        """The files by path; waits for the last one."""
        return {path: future.result() for path, future in self._hashed.items()}
