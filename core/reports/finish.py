"""The finish of a run that scores: its table of scores, its report, its summary, and its outputs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from ..contract.protocol import Channel
from ..runtime.files import atomic
from .html_report import HtmlReport

OUTPUTS = ("output", "model", "predictions", "scores", "report", "figures", "curve")


class ReportedParams(Protocol):
    """Parameters of a run that scores, with the paths of its outputs; empty ones are not wanted."""

    @property
    def scores(self) -> str:
        """The table of scores."""

    @property
    def report(self) -> str:
        """The page."""

    @property
    def figures(self) -> str:
        """The folder of single figures."""


def publish(params: ReportedParams, channel: Channel, report: HtmlReport, lines: Sequence[str]) -> dict[str, str]:
    """Write the report and log the summary; return the outputs by name, those of `OUTPUTS` that are wanted."""
    report.write(params.report, params.figures)
    for line in lines:
        channel.info(line)
    outputs = {name.upper(): getattr(params, name, "") for name in OUTPUTS}
    return {name: path for name, path in outputs.items() if path}


def write_rows(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Write a table of scores, if it is wanted."""
    if path:
        with atomic(path) as part:
            pd.DataFrame(rows).to_csv(part, index=False)
