"""Change report: whether something changed beyond errors, what, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...reports import palette
from ...reports.drawing import plain, single
from ...reports.page.html_report import HtmlReport
from ...reports.page.pictures import Drawing
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...runtime.run import Run
from .params import ChangeMapping

COUNTED = (
    "Areas are counts of cells, with the errors of both maps. For hectares that can be defended, draw a sample with "
    "the transitions as strata ('Design sample'), and estimate ('Estimate area')."
)
SUREST = (
    "Cells whose class differs are claimed, the surest first, until the mean probability that one of both maps is "
    "wrong there reaches the bound."
)
BY_CHANCE = (
    "A difference over its deviation tells how often chance alone makes it as large; such probabilities of all cells "
    "are held against each other (Benjamini and Hochberg 1995). Errors of both maps are taken as independent, unless "
    "placebo maps, between which nothing changed, tell how large differences are by chance."
)
UNSURE = (
    "Nothing says how sure the maps are, so no change can be claimed: give their maps of uncertainty (of classes: of "
    "confidence), the model, or two maps between which nothing changed (Placebo)."
)
SHOWN = 20  # transitions or names in the figure
KNOWN = 0.95  # share of what was compared of which errors must be known
CHANGED, TESTED, QUOTED = (
    "Did something change beyond errors?",
    "Was everything tested?",
    "Can these hectares be quoted?",
)


@dataclass(frozen=True)
class Changes:
    """What was found.

    Parameters
    ----------
    rows : list of dict
        Of each transition of classes, or of each share.
    claimed : float
        Share of what was compared.
    known : float
        Share of what differs, or was compared, of which something says how sure the maps are.
    """

    rows: list[dict[str, Any]]
    claimed: float
    known: float

    @property
    def of_classes(self) -> bool:
        """Whether maps of classes were compared."""
        return bool(self.rows) and "from" in self.rows[0]

    def largest(self) -> str:
        """The largest claimed change, in words; empty without any."""
        if self.of_classes:
            moved = [row for row in self.rows if row["from"] != row["to"] and row["claimed_ha"] > 0]
            best = max(moved, key=lambda row: row["claimed_ha"], default=None)
            return f"{best['from']} became {best['to']} on {best['claimed_ha']:,.1f} ha" if best else ""
        ways = [(row[key], row["name"], way) for row in self.rows
                for key, way in (("gained_ha", "rose"), ("lost_ha", "fell"))]  # fmt: skip
        area, name, way = max(ways, key=lambda each: each[0])
        return f"'{name}' {way} on {area:,.1f} ha" if area > 0 else ""


def rules(params: ChangeMapping) -> tuple[str, ...]:
    """By which rules answers are given."""
    return (
        f"Changed: yes, if cells are claimed, of which at most {100 * params.false_discoveries:g} % are expected to be "
        "false; no, if none is claimed although errors are known; not tested, where nothing says how sure maps are.",
        f"Everything tested: yes, if errors are known for {100 * KNOWN:g} % of the cells (of classes: of those that "
        "differ) or more; no, if for none; with care between.",
        "Hectares are counts of cells here, so they are never more than 'with care'.",
    )


def verdict_of(changes: Changes, params: ChangeMapping) -> Verdict:
    """The verdict on two maps."""
    answers = (_changed(changes, params), _tested(changes), _quoted(changes))
    return Verdict(answers, list(_next_steps(changes, params)), rules(params))


def _changed(changes: Changes, params: ChangeMapping) -> Answer:
    rate = 100 * params.false_discoveries
    if not changes.known:
        return Answer(CHANGED, UNTOLD, UNSURE)
    number = f"{100 * changes.claimed:.3g} % of what was compared"
    if not changes.claimed:
        text = f"No difference is so large, or so sure, that at most {rate:.3g} % of such claims would be false."
        return Answer(CHANGED, NO, text, number)
    text = f"Of these claims at most {rate:.3g} % are expected to be false. Most: {changes.largest()}."
    return Answer(CHANGED, YES, text, number)


def _tested(changes: Changes) -> Answer:
    number = f"errors are known for {100 * changes.known:.3g} % of the cells"
    if changes.known >= KNOWN:
        return Answer(TESTED, YES, "What is not claimed may have changed by less than the maps' errors.", number)
    text = "Where nothing says how sure the maps are nothing is claimed, whatever happened there."
    return Answer(TESTED, CARE if changes.known else NO, text, number)


def _quoted(changes: Changes) -> Answer:
    if not changes.claimed:
        return Answer(QUOTED, UNTOLD, "No change is claimed.")
    return Answer(QUOTED, CARE, COUNTED)


def _next_steps(changes: Changes, params: ChangeMapping) -> Iterator[str]:
    """Yield what to do next."""
    if changes.known < KNOWN:
        yield "Give maps of uncertainty of both dates, the model, or two placebo maps: then all cells are tested."
    elif not changes.claimed and not params.placebo:
        yield "Two maps between which nothing changed (Placebo) tell better how large differences are by chance."
    if changes.claimed and changes.of_classes:
        yield "For hectares with intervals write Transitions, and use them as strata of 'Design sample'."
    elif changes.claimed:
        yield "Look at the claimed places in an image of both dates before you explain them."


def build_report(params: ChangeMapping, changes: Changes, run: Run, verdict: Verdict) -> HtmlReport:
    """The page."""
    report = HtmlReport("Change between two maps", f"{params.before} and {params.after}", verdict)
    report.section("What changed?")
    if changes.of_classes:
        note = "Blue: claimed; orange: classes that differ without being sure enough."
        moved = [row for row in changes.rows if row["from"] != row["to"]]
        if moved:
            report.figure("Transitions", _transitions(moved), note)
        report.table("Transitions by area", [_worded(row) for row in changes.rows], note=COUNTED)
    else:
        note = "Areas of claimed change: blue where a value rose, orange where it fell."
        report.figure("Gains and losses", _gains(changes.rows), note)
        report.table("Changes", [_worded(row) for row in changes.rows], note=COUNTED)
    report.section("When is a change claimed?")
    report.text(SUREST if changes.of_classes else BY_CHANCE)
    report.close(params.to_json(), run)
    return report


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose columns are named in words."""
    return {key.replace("_", " "): value for key, value in row.items()}


def _transitions(moved: Sequence[dict[str, Any]]) -> Drawing:
    """The area of each transition, and what of it is claimed."""
    rows = sorted(moved, key=lambda row: -row["ha"])[:SHOWN]
    names = [plain(f"{row['from']} > {row['to']}") for row in rows]
    figure, axis = single(6.6, 0.9 + 0.3 * len(rows))
    axis.barh(names, [row["ha"] for row in rows], color=palette.OTHER, height=0.65, label="differs")
    axis.barh(names, [row["claimed_ha"] for row in rows], color=palette.MAIN, height=0.65, label="claimed")
    axis.set(xlabel="area (ha)", ylim=(len(rows) - 0.4, -0.6))
    axis.tick_params(axis="y", length=0)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    told = "; ".join(
        f"{row['from']} to {row['to']} {row['ha']:,.1f} ha, {row['claimed_ha']:,.1f} claimed" for row in rows[:5]
    )
    return Drawing(figure, f"Areas of {len(moved)} transitions: {told}.")


def _gains(rows: Sequence[dict[str, Any]]) -> Drawing:
    """Where each share rose and fell, in hectares, to the right and to the left."""
    shown = rows[:SHOWN]
    names = [plain(row["name"]) for row in shown]
    figure, axis = single(6.6, 0.9 + 0.34 * len(shown))
    axis.barh(names, [row["gained_ha"] for row in shown], color=palette.MAIN, height=0.65, label="rose")
    axis.barh(names, [-row["lost_ha"] for row in shown], color=palette.OTHER, height=0.65, label="fell")
    axis.axvline(0, color=palette.QUIET, lw=0.8)
    axis.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.4g}")
    axis.set(xlabel="claimed area (ha)", ylim=(len(shown) - 0.4, -0.6))
    axis.tick_params(axis="y", length=0)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    told = "; ".join(
        f"{row['name']} rose on {row['gained_ha']:,.1f} ha, fell on {row['lost_ha']:,.1f}" for row in shown
    )
    return Drawing(figure, f"Claimed changes: {told}.")
