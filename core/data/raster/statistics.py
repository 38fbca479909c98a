"""Statistics: mean and standard deviation of bands, computed in a stream, and z-scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...runtime.types import Floats

FORMAT, AS_STORED_FORMAT = "regionwise statistics 2", "regionwise statistics 1"


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of named bands; arrays of shape (band,).

    `as_stored` statistics are of numbers as files hold them, without the scale that files may have (format 1).
    """

    names: tuple[str, ...]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    count: NDArray[np.int64]
    as_stored: bool = False

    def apply(self, values: Floats) -> Floats:
        """Z-scores of `values`, shape (..., band, row, col); NaN stays NaN."""
        mean = self.mean.astype(np.float32)[:, None, None]
        std = self.std.astype(np.float32)[:, None, None]
        return (values - mean) / std

    def write(self, path: Path) -> None:
        """Write the statistics as JSON."""
        bands = [
            {"name": n, "mean": float(m), "std": float(s), "count": int(c)}
            for n, m, s, c in zip(self.names, self.mean, self.std, self.count, strict=True)
        ]
        number = AS_STORED_FORMAT if self.as_stored else FORMAT
        text = json.dumps({"format": number, "bands": bands}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def read_scaling(path: str) -> Scaling:
    """The statistics in the file at `path`.

    Raises
    ------
    RegionwiseError
        If it is not a statistics file.
    """
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
        if raw["format"] not in (FORMAT, AS_STORED_FORMAT):
            raise ValueError(f"format {raw['format']!r}")
        bands = raw["bands"]
        return Scaling(
            tuple(band["name"] for band in bands),
            np.array([band["mean"] for band in bands], np.float64),
            np.array([band["std"] for band in bands], np.float64),
            np.array([band["count"] for band in bands], np.int64),
            raw["format"] == AS_STORED_FORMAT,
        )
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise RegionwiseError(
            f"'{path}' is no statistics file ({err}).", "Choose one that 'Standardise' has written."
        ) from err


class Statistics:
    """Running mean and variance per band over arrays that need not fit in memory.

    Chunks are merged by the update of Chan, Golub & LeVeque (1983), which stays exact where the
    naive sum of squares cancels.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._count = np.zeros(len(names), np.int64)
        self._mean = np.zeros(len(names))
        self._squares = np.zeros(len(names))

    def add(self, values: Floats) -> None:
        """Update the statistics with `values`, shape (band, ...); NaN is skipped."""
        flat = values.reshape(len(self._names), -1).astype(np.float64)
        valid = np.isfinite(flat)
        count = valid.sum(1)
        safe = np.maximum(count, 1)
        mean = np.where(valid, flat, 0).sum(1) / safe
        squares = (np.where(valid, flat - mean[:, None], 0) ** 2).sum(1)
        total = np.maximum(self._count + count, 1)
        delta = mean - self._mean
        self._squares += squares + delta**2 * self._count * count / total
        self._mean += delta * count / total
        self._count += count

    def scaling(self) -> Scaling:
        """Mean and standard deviation.

        Raises
        ------
        RegionwiseError
            If a band has no data at all.
        """
        empty = [name for name, count in zip(self._names, self._count, strict=True) if not count]
        if empty:
            raise RegionwiseError(
                f"Band '{empty[0]}' has no data here: every cell is nodata.",
                "Check the layer's nodata value and extent, or leave the layer out.",
            )
        std = np.sqrt(self._squares / self._count)
        # a constant band carries no information: its z-score is 0, not infinite
        std = np.where(std > 1e-12 * np.maximum(1, np.abs(self._mean)), std, 1.0)
        return Scaling(self._names, self._mean.copy(), std, self._count.copy())
