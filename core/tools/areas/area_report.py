"""Area report: estimated areas and accuracies in words, as tables and as a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...contract.phrases import capital
from ...reports import palette
from ...reports.class_figures import confusion_matrix
from ...reports.drawing import plain, single
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import Verdict
from ...runtime.run import Run
from ...surveys.area_estimates import FEWEST_IN_ZONE, FEWEST_PRIMARY_IN_ZONE
from ...surveys.drawn_sample import FEW_UNITS, NORMAL_FROM, Estimate
from ...surveys.map_accuracy import MapAccuracy
from .area_sources import AreaSource
from .params import AreaEstimation

UNIT_WORDS = {"ha": "ha", "km2": "km²", "m2": "m²", "share": "of the area"}
AREA_COLUMNS = ("class", "area", "se", "low", "high", "mapped", "units")
MEASURED = ("accuracy", "low", "high", "half width", "se")
BAR = 0.34  # inches of a class


@dataclass(frozen=True)
class AreaFindings:
    """What an estimation has found.

    Parameters
    ----------
    rows, zone_rows : list of dict
        Areas of everything, and by zone.
    accuracy : MapAccuracy or None
        Of a map of classes.
    names : list of str
        Of classes.
    """

    rows: list[dict[str, Any]]
    zone_rows: list[dict[str, Any]]
    accuracy: MapAccuracy | None
    names: list[str]
    source: AreaSource

    def told(self, params: AreaEstimation) -> Iterator[str]:
        """Yield the areas, and the overall accuracy, in sentences."""
        for row in self.rows:
            yield area_sentence(row, params.level)
        if self.accuracy:
            overall = self.accuracy.overall()
            yield (
                f"Overall accuracy: {overall.value:.3f} ± {overall.half_width(params.level):.3f} "
                f"({100 * params.level:g} %, design-based)."
            )

    def numbers(self, level: float) -> dict[str, float]:
        """The overall accuracy, and half the width of its interval."""
        if not self.accuracy:
            return {}
        overall = self.accuracy.overall()
        return {"OVERALL_ACCURACY": overall.value, "HALF_WIDTH": overall.half_width(level)}

    def accuracy_rows(self, level: float) -> list[dict[str, Any]]:
        """User's and producer's accuracy of each class, and the overall accuracy."""
        if not self.accuracy:
            return []
        rows = [{"class": "all", **_measured("overall", self.accuracy.overall(), level)}]
        for number, name in enumerate(self.names):
            user, producer = self.accuracy.user(number), self.accuracy.producer(number)
            rows.append({"class": name, **_measured("user's", user, level)})
            rows.append({"class": name, **_measured("producer's", producer, level)})
        return rows

    def with_accuracies(self) -> list[dict[str, Any]]:
        """The areas, each with user's and producer's accuracy of its class and their standard errors."""
        if not self.accuracy:
            return self.rows
        pairs = [(self.accuracy.user(k), self.accuracy.producer(k)) for k in range(len(self.names))]
        return [
            row
            | {"users": _or_none(user.value), "users_se": user.deviation}
            | {"producers": _or_none(producer.value), "producers_se": producer.deviation}
            for row, (user, producer) in zip(self.rows, pairs, strict=True)
        ]

    def matrix_rows(self, params: AreaEstimation) -> list[dict[str, Any]]:
        """The error matrix: units, and share of the area with its standard error; a row for each pair of classes."""
        if not self.accuracy:
            return []
        counts, areas = self.accuracy.counts(), self.accuracy.areas()
        whole = areas.sum()
        return [
            {
                "map": mapped,
                "reference": observed,
                "units": int(counts[i, j]),
                "area_share": areas[i, j] / whole,
                "se": self.accuracy.cell(i, j).deviation / whole,
            }
            for i, mapped in enumerate(self.names)
            for j, observed in enumerate(self.names)
        ]


def _or_none(value: float) -> float | None:
    """A number, or nothing where it is not defined."""
    return None if math.isnan(value) else value


def _measured(measure: str, estimate: Estimate, level: float) -> dict[str, Any]:
    """An accuracy with its interval; one of a class that is not there is empty."""
    if math.isnan(estimate.value):
        return {"measure": measure, **dict.fromkeys(MEASURED)}
    numbers = estimate.value, *estimate.interval(level, 1.0), estimate.half_width(level), estimate.deviation
    return {"measure": measure, **dict(zip(MEASURED, numbers, strict=True))}


def area_sentence(row: dict[str, Any], level: float) -> str:
    """An estimated area in words."""
    unit = UNIT_WORDS[row["unit"]]
    area, low, high, mapped = (format_area(row[name]) for name in ("area", "low", "high", "mapped"))
    return f"{row['class']}: {area} {unit}, {100 * level:g} % interval {low} to {high}; the map alone counts {mapped}."


def format_area(value: float | None) -> str:
    """An area in whole units, or with three digits if it is small."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def write_report(findings: AreaFindings, verdict: Verdict, params: AreaEstimation, run: Run) -> None:
    """Write the page."""
    unit, source = UNIT_WORDS[params.unit], findings.source
    subject = f"{len(findings.names)} classes · {source.inference} · {source.in_words}"
    report = HtmlReport(f"Areas with intervals of {params.map}", subject, verdict)
    report.section("How large is each class?")
    note = f"Dots: estimates with {100 * params.level:g} % intervals. Crosses: what the map alone counts."
    report.figure("Estimated and mapped areas", area_bars(findings.rows, unit), note)
    small = [row for row in findings.rows if row["low"] is not None and row["area"] > 0]
    if len(small) > 1:
        note = "The same over the estimate of each class: small classes are seen, too."
        report.figure("In percent of the estimate", area_bars([_in_percent(row) for row in small], "%"), note)
    note = (
        f"In {unit}. {capital(source.inference)}: {source.in_words}. 'mapped' is what the map itself counts, errors "
        "included; 'units' are those of the reference in which the class was found."
    )
    report.table("Area of each class", map(_with_areas, findings.rows), AREA_COLUMNS, note, level=params.level)
    if findings.accuracy:
        _add_accuracy(report, findings, findings.accuracy, params)
    if findings.zone_rows:
        report.section("How large are classes in each zone?")
        columns = ("zone", *AREA_COLUMNS, "reliable")
        few = too_few(staged=source.staged)
        note = f"In {unit}. Intervals of zones with fewer than {few} (reliable: no) may be too narrow."
        rows = [{**_with_areas(row), "reliable": bool(row["reliable"])} for row in findings.zone_rows]
        report.table("Area by zone", rows, columns, note, level=params.level)
    report.section("How were intervals made?")
    report.text(*_method(findings))
    report.close(params.to_json(), run)
    report.write(params.report)


def _with_areas(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its areas as texts."""
    return {**row, **{name: format_area(row[name]) for name in ("area", "se", "low", "high", "mapped")}}


def _in_percent(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its areas in percent of the estimate."""
    return {**row, **{name: 100 * row[name] / row["area"] for name in ("area", "low", "high", "mapped")}}


def _add_accuracy(report: HtmlReport, findings: AreaFindings, accuracy: MapAccuracy, params: AreaEstimation) -> None:
    """Add which classes the map has right, and what it takes them for."""
    report.section("Where is the map right?")
    counts = accuracy.counts()
    note = "Rows: reference, with the number of units; columns: map. Colour: share of the row's units."
    report.figure("Confusion of classes", confusion_matrix(counts.T, findings.names), note)
    accuracies = findings.accuracy_rows(params.level)
    note = (
        "User's: the share of what the map shows that is there. Producer's: the share of what is there that it shows."
    )
    columns = ("class", "measure", *MEASURED)
    report.table("Accuracy of the map", accuracies, columns, note, level=params.level, marked={"class": "all"})
    report.table("Error matrix: units", _crossed(findings, counts.tolist()), note=ROWS_ARE, fold=True)
    areas = accuracy.areas()
    shares = (areas / areas.sum()).tolist()
    report.table("Error matrix: share of the area", _crossed(findings, shares), note=ROWS_ARE, fold=True)


ROWS_ARE = "Rows: map; columns: reference."


def too_few(*, staged: bool) -> str:
    """What a zone needs for an interval to be trusted, in words; `staged` with primary units."""
    primary = f", or than {FEWEST_PRIMARY_IN_ZONE} primary units" if staged else ""
    return f"{FEWEST_IN_ZONE} units{primary}"


def _crossed(findings: AreaFindings, cells: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """A matrix as rows of a table."""
    rows = zip(findings.names, cells, strict=True)
    return [{"map": name, **dict(zip(findings.names, row, strict=True))} for name, row in rows]


def _method(findings: AreaFindings) -> Iterator[str]:
    """Yield sentences on where intervals come from."""
    if findings.source.inference == "model-based":
        yield (
            "Errors are those of the model at samples that its folds tested; they go together in space as there, which "
            "tells how far the mean over an area may be off. No draw guarantees that places elsewhere err alike."
        )
        return
    yield (
        "Standard errors are those of the design: of strata (Olofsson et al. 2014, Stehman 2014), or of primary units "
        "(jackknife) where these were drawn first."
    )
    yield (
        f"Below {NORMAL_FROM} degrees of freedom Student's t takes the place of the normal quantile, and accuracies of "
        f"fewer units have the bounds of a binomial. Where no unit of a large stratum has a class, half a unit might; "
        f"zones of fewer than {FEW_UNITS} units count one unit more, which might have come from anywhere: else a class "
        "that chance has spared there would seem to be absent. The column se does not hold that."
    )
    if "assisted" in findings.source.in_words:
        yield "The map assists: the estimate is what it says of all cells, and by how much the units differ from that."


def area_bars(rows: Sequence[dict[str, Any]], unit: str) -> Drawing:
    """Estimated areas with intervals beside those that the map counts, a line for each class."""
    figure, axis = single(6.6, 0.9 + BAR * len(rows))
    for position, row in enumerate(rows):
        if row["low"] is not None:
            ends = [row["low"], row["high"]]
            axis.plot(ends, [position, position], color=palette.MAIN, lw=3, solid_capstyle="round", alpha=0.6)
            axis.plot(row["area"], position, "o", color=palette.MAIN, ms=7)
        axis.plot(row["mapped"], position, "x", color=palette.OTHER, ms=8, mew=2)
    axis.set_yticks(range(len(rows)), [plain(str(row["class"])) for row in rows])
    axis.set(ylim=(len(rows) - 0.4, -0.6))
    axis.tick_params(axis="y", length=0)
    if unit != "%":
        axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter(lambda value, _: format_area(value))
    words = {UNIT_WORDS["share"]: "share of the area", "%": "% of the estimated area"}
    axis.set_xlabel(words.get(unit, f"area ({unit})"))
    told = "; ".join(
        f"{row['class']} {format_area(row['area'])} ({format_area(row['low'])} to {format_area(row['high'])}), the map "
        f"{format_area(row['mapped'])}"
        for row in rows
    )
    return Drawing(figure, f"Areas with intervals in {unit}: {told}.")
