"""Phrases: what sentences of messages, notes and reports have in common."""

from __future__ import annotations

from collections.abc import Sequence


def capital(text: str) -> str:
    """A text that begins with a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def first_of(names: Sequence[object], most: int, separator: str = ", ") -> str:
    """The first `most` names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{separator.join(str(name) for name in names[:most])}{more}"
