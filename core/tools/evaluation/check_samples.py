"""Check samples: audit them before any training, as a layer of flags and a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from shapely.geometry.base import BaseGeometry

from ...contract.phrases import first_of
from ...data.raster.grids import Grid
from ...data.raster.stack import Stack
from ...data.vector.footprints import footprint
from ...data.vector.layers import read_rows
from ...data.vector.longitudes import Extent
from ...data.vector.polygons import read_outline
from ...data.vector.samples import SampleColumns, Samples, read_samples
from ...data.vector.tables import check_fields, numeric_column, read_table, text_of
from ...data.vector.writers import write_vector
from ...mapping.styles.vector_styles import by_class, style_layer
from ...reports import figures
from ...reports.map_frame import frame_of, sample_map
from ...reports.page.html_report import HtmlReport
from ...reports.page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...validation.area_places import hull_places, map_places
from ...validation.audit import PRESENT, Audit, SampleValues, audit_samples
from ...validation.distances import Ruler
from ...validation.findings import FEW, Finding
from .params import SampleAudit

WITHOUT_PLACES = (
    "The samples have no places: clusters, shared places and labels of neighbours are not looked for, and rounded "
    "labels that repeat cannot be told from broadcast ones."
)
HANDLED = {  # problems that a training does not fall for, and why
    "repeated labels": "a training refuses folds that part such labels",
    "augmented in test": "a training never tests predicted labels",
}
THIN = ("rare component", "thin region")
SHOWN = 3  # findings in an answer
BELIEVED, FOLDS, ENOUGH = (
    "Can scores from these samples be believed?",
    "May random folds test them?",
    "Are there enough samples?",
)
RULES = (
    "Believed: yes, if nothing was found. No, if a problem was found that makes a score lie. With care, if there are "
    f"notices only, if trainings handle the problem ({', '.join(HANDLED)}), or if samples have no places, for then "
    "some problems are not looked for.",
    "Random folds: no, if samples lie nearer to each other than the map's cells lie to them, or labels are those of "
    "larger units; not tested without places.",
    f"Enough: yes, if each component is above {PRESENT:g} in {FEW} samples or more and each region has as many; with "
    "care else.",
)


def check_samples(params: SampleAudit, run: Run) -> Result:
    """Write the samples with their problems, and a report."""
    check_writable(params.output, params.report)
    check_not_input([params.output], [params.samples.path])
    if params.day:
        with Stack({"day": params.day, "night": params.night}, params.resampling) as stack:
            samples = _samples(params, stack.grid.crs, stack.grid.bounds)
            outline = _outline(params, stack.grid.crs, stack.grid.bounds)
            mapped, grid = map_places(stack, params.seed, samples.xy, outline), stack.grid
            for notice in mapped.notices:
                run.channel.warning(notice)
            area, bands = mapped.xy, _band_values(stack, samples)
    else:
        crs = read_rows(params.samples).crs
        samples = _samples(params, CRS.from_user_input(crs.to_wkt()) if crs else CRS())
        grid = Grid(CRS.from_user_input(samples.geometry.crs.to_wkt()) if crs else CRS(), Affine.identity(), 1, 1)
        area, bands = hull_places(samples, params.seed, _outline(params, grid.crs)), {}
    table = read_table(params.samples)
    check_fields(table, (*params.features, params.region_field, params.fold_field), params.samples)
    table = table.iloc[samples.row - 1]
    attributes = {name: numeric_column(table, name, params.samples) for name in params.features}
    ruler = Ruler.of(grid.crs, samples.xy, area) if samples.placed else None
    audit = audit_samples(
        samples,
        ruler.positions(samples.xy) if ruler else None,
        ruler.positions(area) if ruler else area,
        SampleValues(bands, attributes),
        fold=_texts(table, params.fold_field),
        region=_texts(table, params.region_field),
    )
    _tell(audit, samples, run)
    if params.output:
        flagged = _flagged(samples, audit)
        write_vector(flagged, params.output)
        style_layer(flagged, params.output, by_class("problems", flagged["problems"], "nothing found"))
    verdict = verdict_of(samples, audit)
    if params.report:
        build_report(params, run, samples, audit, verdict).write(params.report)
    outputs = {"OUTPUT": params.output, "REPORT": params.report}
    numbers = {
        "PROBLEMS": float(len(audit.problems())),
        "REPEATED": audit.repeated,
        "CLUSTERED": float(audit.clustered),
    }
    return Result({k: v for k, v in outputs.items() if v}, numbers, verdict.first_line)


def _tell(audit: Audit, samples: Samples, run: Run) -> None:
    """Log what was found."""
    for finding in audit.findings:
        log = run.channel.warning if finding.problem else run.channel.info
        log(f"{finding.check}: {finding.text}")
    if not samples.placed:
        run.channel.warning(WITHOUT_PLACES)


def _samples(params: SampleAudit, crs: CRS, extent: Extent | None = None) -> Samples:
    columns = SampleColumns(source_field=params.source_field)
    return read_samples(params.samples, params.targets, crs, columns, extent)


def _outline(params: SampleAudit, crs: CRS, extent: Extent | None = None) -> BaseGeometry | None:
    """What will be mapped, if that is given."""
    return read_outline(params.area, crs, extent) if params.area and crs else None


def _texts(table: pd.DataFrame, field: str) -> NDArray[np.object_] | None:
    """The texts in `field`, or None if there is none."""
    return np.array([text_of(value) for value in table[field]], object) if field else None


def _band_values(stack: Stack, samples: Samples) -> dict[str, Array]:
    """The mean of each band over the pixels of each sample, by what it covers of them; by band name."""
    means = np.full((len(samples), len(stack.bands)), np.nan)
    for i, shape in enumerate(samples.geometry):
        tile, inside = footprint(shape, stack.grid)
        if tile.height and tile.width:
            values = stack.read(tile)[:, inside > 0]
            weight = np.isfinite(values) * inside[inside > 0].astype(np.float64)
            total = weight.sum(1)
            sums = (np.nan_to_num(values) * weight).sum(1)
            means[i] = np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan)
    return {name: means[:, i] for i, name in enumerate(stack.names)}


def _flagged(samples: Samples, audit: Audit) -> pd.DataFrame:
    """The samples with the names of the problems that concern each; a table where they have no places."""
    problems = ["; ".join(f.check for f in audit.problems() if f.rows[i]) for i in range(len(samples))]
    columns = {"row": samples.row, "source": samples.group.astype(str), "problems": problems}
    columns |= {name: samples.shares[:, i] for i, name in enumerate(samples.components)}
    frame = pd.DataFrame(columns)
    if samples.placed:
        frame = gpd.GeoDataFrame(frame, geometry=samples.geometry.to_numpy(), crs=samples.geometry.crs)
    return frame


def verdict_of(samples: Samples, audit: Audit) -> Verdict:
    """The verdict on samples."""
    answers = (_believed(samples, audit), _folds(samples, audit), _enough(samples, audit))
    return Verdict(answers, list(_next_steps(samples, audit)), RULES)


def _believed(samples: Samples, audit: Audit) -> Answer:
    problems, others = audit.problems(), [finding for finding in audit.findings if not finding.problem]
    unhandled = [finding for finding in problems if finding.check not in HANDLED]
    placeless = [] if samples.placed else [WITHOUT_PLACES]
    counted = f"{_count(len(problems), 'problem')}, {_count(len(others), 'notice')}"
    if unhandled:
        return Answer(BELIEVED, NO, " ".join([f"Found: {_listed(unhandled)}. Mend that first.", *placeless]), counted)
    if problems:
        reasons = " and ".join(dict.fromkeys(HANDLED[finding.check] for finding in problems))
        text = f"Found: {_listed(problems)}; {reasons}."
        return Answer(BELIEVED, CARE, " ".join([text, *placeless]), counted)
    if others:
        text = f"No problem was found, but there are notices: {_listed(others)}."
        return Answer(BELIEVED, CARE, " ".join([text, *placeless]), counted)
    if placeless:
        return Answer(BELIEVED, CARE, WITHOUT_PLACES)
    return Answer(BELIEVED, YES, f"Nothing was found in {len(samples)} samples that would make a score lie.")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _listed(findings: Sequence[Finding]) -> str:
    """The checks that found something, with the number of samples."""
    largest: dict[str, int] = {}
    for finding in findings:
        largest[finding.check] = max(int(finding.rows.sum()), largest.get(finding.check, 0))
    named = [f"{check} ({_count(count, 'sample')})" for check, count in largest.items()]
    return first_of(named, SHOWN)


def _folds(samples: Samples, audit: Audit) -> Answer:
    reasons = []
    if audit.broadcast:
        reasons.append("labels are those of larger units, which random folds would part")
    if audit.clustered:
        reasons.append("samples lie nearer to each other than the map's cells lie to them")
    if reasons:
        remedy = "Validation = kNNDM tests at the distances of the map." if samples.placed else "Test by source."
        return Answer(FOLDS, NO, f"{' and '.join(reasons).capitalize()}. {remedy}")
    if not samples.placed:
        return Answer(FOLDS, UNTOLD, "Without places nothing tells how far samples lie from each other.")
    return Answer(FOLDS, YES, "Samples lie no nearer to each other than the map's cells lie to them.")


def _enough(samples: Samples, audit: Audit) -> Answer:
    thin = [finding for finding in audit.findings if finding.check in THIN]
    sources = len(np.unique(samples.group.astype(str)))
    number = f"{len(samples)} samples of {_count(sources, 'source')}"
    if thin:
        return Answer(ENOUGH, CARE, " ".join(finding.text for finding in thin[:SHOWN]), number)
    return Answer(ENOUGH, YES, "Each component, and each region, has enough to learn and to be scored.", number)


def _next_steps(samples: Samples, audit: Audit) -> Iterator[str]:
    """Yield what to do next: the problems first."""
    problems = audit.problems()
    for finding in problems[:SHOWN]:
        yield f"{finding.check.capitalize()}: {finding.text}"
    if len(problems) > SHOWN:
        yield f"See the other {len(problems) - SHOWN} problems in the table of findings."
    if problems:
        yield "The output layer names the problems of each sample in the field 'problems'."
    if audit.clustered:
        yield "Train with Validation = auto or kNNDM, and do not quote the score of random folds."
    if any(finding.check in THIN for finding in audit.findings):
        yield "Collect more samples of what is rare, or merge it with what is alike."


def build_report(params: SampleAudit, run: Run, samples: Samples, audit: Audit, verdict: Verdict) -> HtmlReport:
    """The page."""
    sources = len(np.unique(samples.group.astype(str)))
    subject = f"{len(samples)} samples of {sources} sources · {', '.join(samples.components)}"
    report = HtmlReport(f"Audit of {params.samples}", subject, verdict)
    report.section("What was found, and where?")
    if samples.placed:
        _add_map(report, samples, audit)
    rows = [{"check": f.check, "kind": f.kind, "samples": int(f.rows.sum()), "what": f.text} for f in audit.findings]
    report.table("Findings", rows, ("check", "kind", "samples", "what"), marked={"kind": "problem"})
    if not rows and samples.placed:
        report.text("No check found anything.")
    report.text(*([] if samples.placed else [WITHOUT_PLACES]))
    report.section("What do the samples hold?")
    have = {name: float(str(audit.counts[0][name])) for name in samples.components}
    note = f"Observed samples in which a component is above {PRESENT:g}."
    report.figure("Samples by component", figures.bars(have, "samples"), note)
    report.table("Samples by region and component", audit.counts, note=note, fold=len(audit.counts) > 1)
    facts: list[dict[str, object]] = [
        {"what": "label vectors that repeat another one", "value": f"{100 * audit.repeated:.1f} %"},
        {"what": "samples are clustered", "value": audit.clustered if samples.placed else None},
        {"what": "sources", "value": sources},
    ]
    report.table("Facts", facts)
    report.text(*samples.notices)
    report.close(params.to_json(), run)
    return report


def _add_map(report: HtmlReport, samples: Samples, audit: Audit) -> None:
    """Add where samples lie, by their first problem, or else by their first notice that is not of all samples."""
    told = [finding for finding in audit.findings if finding.problem or not finding.rows.all()]
    names = list(dict.fromkeys(finding.check for finding in told))
    group = np.full(len(samples), -1, np.int64)
    for finding in sorted(told, key=lambda finding: finding.problem):  # the weightiest last
        group[finding.rows] = names.index(finding.check)
    frame = frame_of(_around(samples), samples.xy)
    if not names:
        drawing = sample_map(frame, samples.xy, np.zeros(len(samples), np.int64), ["sample"], "what was found")
        report.figure("Where samples lie", drawing, "No finding concerns some of the samples alone.")
        return
    drawing = sample_map(frame, samples.xy, group, names, "what was found")
    note = "Each sample by the weightiest finding that concerns it (grey: none); notices of all samples are left out."
    report.figure("Where findings lie", drawing, note)


def _around(samples: Samples) -> Grid:
    """A grid of one cell that holds all samples."""
    (left, bottom), (right, top) = samples.xy.min(0).tolist(), samples.xy.max(0).tolist()
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    crs = CRS.from_user_input(samples.geometry.crs.to_wkt())
    return Grid(crs, Affine(width, 0, left, 0, -height, top), 1, 1)
