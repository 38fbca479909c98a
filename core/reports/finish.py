"""The finish of a run that scores: its report, its summary, and its outputs by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..contract.protocol import Channel
from .page.html_report import HtmlReport

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


def publish(
    params: ReportedParams, channel: Channel, report: Callable[[], HtmlReport], lines: Sequence[str]
) -> dict[str, str]:
    """Log the summary; draw and write the report if wanted. Return the outputs by name, those that are wanted.

    Where a report says it all, the log shows the first line only, and the others as details.
    """
    if params.report or params.figures:
        report().write(params.report, params.figures)
    for number, line in enumerate(lines):
        (channel.detail if params.report and number else channel.info)(line)
    outputs = {name.upper(): getattr(params, name, "") for name in OUTPUTS}
    return {name: path for name, path in outputs.items() if path}
