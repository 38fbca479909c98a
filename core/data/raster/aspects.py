"""Aspects: which bands hold the direction that a slope faces, by their names in many languages, and flat cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...runtime.types import Floats

FLAT = -1.0  # of an aspect: there is none
WORDS = (  # in English, Portuguese, Indonesian, German, French, Dutch, Spanish, Italian, Polish, Russian, Chinese
    *("aspect", "aspek", "exposition", "expositie", "ausrichtung", "orientación", "orientacion", "orientamento"),
    *("esposizione", "ekspozycja", "экспозиция", "坡向"),
)
PARTS = ("sin", "cos", "east", "north", "ost", "nord")  # in the name of one that is no angle


def is_aspect(name: str) -> bool:
    """Whether a band of this name is an aspect as an angle."""
    text = name.casefold()
    rest = text
    for word in WORDS:
        rest = rest.replace(word, "")
    return rest != text and not any(part in rest for part in PARTS)


def with_flats(values: Floats, aspects: Sequence[int], others: Sequence[int]) -> Floats:
    """Values (band, row, col) in which aspects that are missing where all `others` are known are `FLAT`.

    Programs write no data where a cell is flat: gdaldem as -9999, which is the nodata value of its files.
    """
    if not others:
        return values
    known = np.isfinite(values[list(others)]).all(0)
    for band in aspects:
        values[band][known & ~np.isfinite(values[band])] = FLAT
    return values
