"""Encodings: which one the bytes of a text are in."""

from __future__ import annotations

import codecs
import re

from ...contract.errors import RegionwiseError

MARKS = (  # those of UTF-32 first: that of UTF-16 is their start
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GB_CHARACTER = re.compile(rb"[\x81-\xfe](?:[\x30-\x39][\x81-\xfe][\x30-\x39]|[\x40-\x7e\x80-\xfe])")
COMMON_CHARACTER = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")  # of GB 2312, which nearly all of a Chinese text is
MOST_CHARACTERS = 20_000  # that are looked at
SMALL_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz")
LABEL = "the file"


def detect(raw: bytes, label: object = LABEL) -> str:
    """The encoding of `raw`: by its byte order mark, or UTF-8, UTF-16, GB18030, Windows-1252, or Latin-1.

    Bytes that are GB18030 by rule may be Western: there a letter with an accent stands beside plain small letters, so
    that most of the "characters" are rare ones or have such a neighbour. Where they are as many, it is GB18030.

    Raises
    ------
    RegionwiseError
        If it is no text.
    """
    for mark, name in MARKS:
        if raw.startswith(mark):
            return name
    if b"\0" in raw:
        return _wide(raw, label)
    if _fits(raw, "utf-8"):
        return "utf-8"
    if _fits(raw, "gb18030") and _looks_chinese(raw):
        return "gb18030"
    return "cp1252" if _fits(raw, "cp1252") else "latin-1"


def decode(raw: bytes, wanted: str, label: object = LABEL) -> tuple[str, str]:
    """The text of `raw`, and its encoding; `wanted` counts, as set in QGIS, unless a byte order mark says otherwise.

    Raises
    ------
    RegionwiseError
        If `raw` is no text in this encoding.
    """
    marked = any(raw.startswith(mark) for mark, _ in MARKS)
    name = known_encoding(wanted, label)
    if marked or not name:
        name = detect(raw, label)
    try:
        return raw.decode(name).removeprefix("\ufeff"), name
    except UnicodeDecodeError as err:
        raise RegionwiseError(
            f"Layer '{label}' is no text in {name} (byte {err.start + 1} is {raw[err.start]:#04x}).",
            "Set its encoding in the layer's properties, or save it again as CSV UTF-8.",
        ) from err


def known_encoding(wanted: str, label: object = LABEL) -> str:
    """Python's name of an encoding of QGIS; empty for none, and for that of the system."""
    if not wanted or wanted.lower() == "system":
        return ""
    try:
        return codecs.lookup(wanted.replace(" ", "")).name
    except LookupError as err:
        raise RegionwiseError(
            f"Layer '{label}' has the encoding '{wanted}', which is not known here.",
            "Choose another one in the layer's properties, or save the layer as GeoPackage.",
        ) from err


def _fits(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _wide(raw: bytes, label: object) -> str:
    """UTF-16 without a mark: every second byte of plain letters is zero, always on the same side."""
    for name, zeros, others in (("utf-16-le", raw[1::2], raw[::2]), ("utf-16-be", raw[::2], raw[1::2])):
        if b"\0" in zeros and b"\0" not in others and _fits(raw, name):
            return name
    raise RegionwiseError(f"'{label}' is no text: it holds zero bytes.", "Save it again as CSV UTF-8.")


def _looks_chinese(raw: bytes) -> bool:
    """Whether at least half of the characters of GB18030 are common ones without a small letter beside them."""
    found = common = 0
    for match in GB_CHARACTER.finditer(raw):
        beside = {*raw[match.start() - 1 : match.start()], *raw[match.end() : match.end() + 1]}
        common += COMMON_CHARACTER.fullmatch(match.group()) is not None and not beside & SMALL_LETTERS
        found += 1
        if found == MOST_CHARACTERS:
            break
    return 2 * common >= found
