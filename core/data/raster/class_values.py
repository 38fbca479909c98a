"""Class values: the numbers that stand for classes in a map: their own codes where these fit, else 1, 2, 3, ..."""

from __future__ import annotations

import re
from collections.abc import Sequence

LARGEST = 65535  # of 16 bits; 0 is no data
CODE = re.compile(r"[1-9]\d{0,4}")


def class_values(names: Sequence[str]) -> tuple[int, ...]:
    """The number of each class: the code that its name is, if all are codes from 1 to `LARGEST`."""
    if all(CODE.fullmatch(name) and int(name) <= LARGEST for name in names):
        return tuple(int(name) for name in names)
    return tuple(range(1, len(names) + 1))


def looks_coded(names: Sequence[str]) -> bool:
    """Whether all names are whole numbers, so that one would look for them in a map."""
    return bool(names) and all(re.fullmatch(r"[+-]?\d+", name) for name in names)
