"""Parsing of parameters that hold text: names, numbers, pairs, scales and good values."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass


def names_in(text: str) -> list[str]:
    """The names in a text, between which are blanks, commas or semicolons."""
    return re.split(r"[\s,;]+", text.strip(" ,;")) if text.strip(" ,;") else []


def listed(text: str, known: Collection[str] = ()) -> list[str]:
    """The names in a text, which may hold blanks: between commas or semicolons if there are any, else between blanks.

    A text without them that is one of the `known` names is that name alone.
    """
    if "," in text or ";" in text:
        return [name.strip() for name in text.replace(";", ",").split(",") if name.strip()]
    return [text.strip()] if text.strip() in known else text.split()


def parse_numbers(name: str, text: str) -> tuple[float, ...]:
    """The numbers in `text`, separated by spaces, commas or semicolons.

    Raises
    ------
    ValueError
        With a sentence that names `name`, if a word of the text is no number.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    try:
        return tuple(float(word) for word in words)
    except ValueError as err:
        raise ValueError(f"{name} is '{text}'; give numbers, as 1 2 3 or 1, 2, 3.") from err


def parse_pairs(name: str, text: str) -> dict[str, str]:
    """The pairs in a text like ``RED=B4 NIR=B5``, in order.

    Raises
    ------
    ValueError
        With a sentence that names `name`, if a word of the text is no pair, or a key stands twice.
    """
    pairs: dict[str, str] = {}
    for word in names_in(text):
        key, sign, value = word.partition("=")
        if not sign or not key or not value:
            raise ValueError(f"{name} is '{text}'; give pairs, as RED=B4 NIR=B5.")
        if key in pairs:
            raise ValueError(f"{name} is '{text}'; '{key}' stands twice.")
        pairs[key] = value
    return pairs


Scale = tuple[float, float]  # factor and offset


def parse_scales(text: str) -> dict[str, Scale]:
    """Factor and offset of each band in a text like ``NDVI=0.0001 LST=0.02:-273.15``.

    A lone one, as ``0.0000275:-0.2``, is under the empty name and holds for all bands.

    Raises
    ------
    ValueError
        With a sentence, if the text is neither.
    """
    pairs = parse_pairs("Scale", text) if "=" in text else {"": text.strip()} if text.strip() else {}
    scales = {}
    for name, numbers in pairs.items():
        factor, _, offset = numbers.partition(":")
        try:
            scales[name] = float(factor), float(offset or 0)
        except ValueError as err:
            raise ValueError(
                f"Scale is '{text}'; give a factor, as 0.0001, with an offset, as 0.0000275:-0.2, or one for "
                "each band, as NDVI=0.0001."
            ) from err
    return scales


@dataclass(frozen=True)
class GoodValues:
    """Which numbers of a quality band mean good data: some values, or some bits that must be 0."""

    values: frozenset[int] = frozenset()
    clear_bits: tuple[int, ...] = ()

    def holds(self, number: int) -> bool:
        """Whether `number` means good data."""
        if self.clear_bits:
            return not any(number >> bit & 1 for bit in self.clear_bits)
        return number in self.values


def parse_good(text: str) -> GoodValues:
    """The good values in a text like ``0 1 4-7`` or ``bits 3 4``.

    Raises
    ------
    ValueError
        With a sentence, if the text is neither.
    """
    wrong = f"Good values are '{text}'; give numbers and ranges, as 0 1 4-7, or bits that must be 0, as bits 3 4."
    words = names_in(text)
    try:
        if words and words[0].lower() in ("bit", "bits"):
            bits = tuple(sorted({int(word) for word in words[1:]}))
            if not bits or not 0 <= bits[0] <= bits[-1] <= 15:
                raise ValueError(wrong)
            return GoodValues(clear_bits=bits)
        values: set[int] = set()
        for word in words:
            low, _, high = word.partition("-")
            values |= set(range(int(low), int(high or low) + 1))
    except ValueError as err:
        raise ValueError(wrong) from err
    if not values or max(values) > 65535:
        raise ValueError(wrong)
    return GoodValues(frozenset(values))
