"""Patches: the pixels around each sample, for training and scoring.

A sample becomes one piece, or several if its area is larger than a piece. A piece is a core of
``core x core`` cells with weights (what the footprint covers of each, 0 to 1) and a halo on each side.

The pixels lie in one memory-mapped file, which all processes of a run share and a rerun finds again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...runtime.checkpoints import Arrays, Checkpoints
from ...runtime.files import atomic
from ...runtime.types import Floats

PIXELS, INDEX = "patches.npy", "patches"  # in their folder; the index is written last


@dataclass(frozen=True)
class Patches:
    """Pixels of pieces.

    Parameters
    ----------
    values : array, shape (row, band, core + 2 halo, core + 2 halo)
        Raw values in float32 or float16; NaN is nodata. It lies on disk.
    row : array, shape (piece,)
        The row of a piece in `values`.
    weights : array, shape (piece, core, core)
        Of valid pixels what the footprint covers of them, else 0.
    sample : array, shape (piece,)
        The sample that a piece belongs to, ascending.
    folder : Path
        Keeps all of it; another process opens it there.
    """

    values: NDArray[Any]
    row: NDArray[np.int64]
    weights: Floats
    sample: NDArray[np.int64]
    core: int
    folder: Path

    def __reduce__(self) -> tuple[Callable[..., Patches], tuple[Path, int]]:
        return open_patches, (self.folder, self.halo)

    def pixels(self, pieces: NDArray[np.int64]) -> Floats:
        """The values of `pieces`."""
        return self.values[self.row[pieces]].astype(np.float32, copy=False)

    @property
    def samples(self) -> int:
        """How many samples the pieces belong to; each has some."""
        return int(self.sample[-1]) + 1

    @property
    def halo(self) -> int:
        """Cells around the core."""
        return int(self.values.shape[-1] - self.core) // 2

    def cropped(self, halo: int) -> Patches:
        """The same pieces with fewer cells around them; the pixels are shared, not copied."""
        cut = slice(self.halo - halo, self.values.shape[-1] - (self.halo - halo))
        return replace(self, values=self.values[..., cut, cut])

    def of(self, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of all pieces of `samples`."""
        return np.flatnonzero(np.isin(self.sample, samples))

    def kept(self, name: str, compute: Callable[[], Floats]) -> Floats:
        """The array that `compute` gives for these patches, computed once and then read from their folder."""
        path = self.folder / f"{name}.npy"
        with contextlib.suppress(OSError, ValueError):
            stored: Floats = np.load(path, mmap_mode="r")
            return stored
        with atomic(path) as part:
            np.save(part, compute())
        return self.kept(name, compute)

    def forget(self) -> None:
        """Remove the files of the patches; they are large, and the run that made them is done."""
        Checkpoints(self.folder).remove(INDEX)
        for path in self.folder.glob("*.npy"):
            with contextlib.suppress(OSError):  # Windows keeps a mapped file
                path.unlink()
        with contextlib.suppress(OSError):  # other things are kept there, too
            self.folder.rmdir()


def keep_pixels(folder: Path, values: Floats) -> None:
    """Keep the values of single pixels, shape (sample, band, 1, 1), as patches of one piece each."""
    with atomic(folder / PIXELS) as part:
        np.save(part, values)
    numbers = np.arange(len(values))
    arrays: Arrays = {
        "row": numbers,
        "sample": numbers,
        "kept": numbers,
        "weights": np.ones((len(values), 1, 1), np.float32),
    }
    Checkpoints(folder).save(INDEX, arrays, {"core": 1})


def open_patches(folder: Path, halo: int) -> Patches:
    """The patches that are kept in `folder`, with a `halo`."""
    index = Checkpoints(folder).load(INDEX)
    if index is None:
        raise RegionwiseError(f"The patches in '{folder}' are gone.", "Run again; they are cut anew.")
    arrays, state = index
    values = np.load(folder / PIXELS, mmap_mode="r")
    return Patches(values, arrays["row"], arrays["weights"], arrays["sample"], state["core"], folder).cropped(halo)
