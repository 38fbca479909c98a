"""Input log: what readers say of the files that they open, and of what they change on the way in.

Each change is one line of the log, and each file one row of every report: "Inputs as they were read". The log hangs
on the context of the run (`collect_inputs`), as warnings do, so that a reader deep down needs no channel. Threads and
worker processes have none: they read again what the run itself has opened before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class InputRow:
    """One input as it was read; texts for people.

    Parameters
    ----------
    layer : str
        Its name in QGIS, or its path.
    file : str
    facts : dict
        Of `FACTS`, in words.
    changes : list of str
        What was changed on the way in.
    """

    layer: str
    file: str
    facts: dict[str, str] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


FACTS = ("bands", "unit", "scale", "nodata", "CRS", "cells")  # columns of the table; "cells" are rows of a table


class InputLog:
    """The inputs of a run in the order of their reading; each file once, whoever opens it again."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rows: dict[tuple[str, str], InputRow] = {}

    def row(self, layer: str, file: str) -> InputRow:
        """The row of an input."""
        return self._rows.setdefault((layer, file), InputRow(layer, file))

    def change(self, layer: str, file: str, text: str) -> None:
        """Note what was changed in an input; it is told once."""
        changes = self.row(layer, file).changes
        if text not in changes:
            changes.append(text)
            self._tell(f"'{layer}': {text}.")

    def rows(self) -> list[InputRow]:
        """All rows."""
        return list(self._rows.values())

    def table(self) -> list[dict[str, str]]:
        """The rows of the report."""
        return [
            {
                "layer": row.layer,
                "file": row.file,
                **{name: row.facts.get(name, "") for name in FACTS},
                "changed": "; ".join(row.changes),
            }
            for row in self.rows()
        ]


_LOG: ContextVar[InputLog | None] = ContextVar("input_log", default=None)


@contextlib.contextmanager
def collect_inputs(tell: Callable[[str], None]) -> Iterator[InputLog]:
    """Collect what readers say from here on; `tell` gets a sentence for each change."""
    log = InputLog(tell)
    token = _LOG.set(log)
    try:
        yield log
    finally:
        _LOG.reset(token)


def note_input(layer: str, file: str, **facts: str) -> None:
    """Say how an input is read; `facts` are some of `FACTS`, with CRS as ``CRS``."""
    log = _LOG.get()
    if log is not None:
        log.row(layer, file).facts.update(facts)


def note_change(layer: str, file: str, text: str) -> None:
    """Say what is changed in an input on the way in: a clause without a point, as "3 rows are dropped"."""
    log = _LOG.get()
    if log is not None:
        log.change(layer, file, text)


def inputs_read() -> list[dict[str, str]]:
    """The rows of the table "Inputs as they were read" so far."""
    log = _LOG.get()
    return log.table() if log is not None else []
