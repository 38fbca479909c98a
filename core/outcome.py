"""What a training run found: predictions, scores and the report, the same for every family of shares."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import figures
from .crossvalidation import format_seconds
from .devices import versions
from .errors import RegionwiseError
from .files import atomic
from .metrics import composition_scores, divergences
from .params_composition import CompositionRegions, CompositionTraining
from .rasters import Grid
from .report import Report
from .run import Result, Run
from .samples import Samples
from .training import History
from .vectors import write_vector

Array = NDArray[np.float64]

NETWORK = "network"
KINDS = {
    "random": "Random folds: how well it fills gaps among samples like these; neighbours help it.",
    "grouped": "Grouped folds: whole sources are held out; neighbours of other sources still help.",
    "blocks": "Spatial blocks: how well it maps the parts of this area that lie between the samples.",
    "within": "Within-region hold-out: the region's expert on held-out sources of its own region. It says "
    "nothing about regions that were never seen.",
    "strict": "Strict: for each region a model that saw neither the region nor its buffer. This is what to "
    "expect in a new region.",
}
BROADCAST_SHARE = 0.05
OWN_FIELDS = {"row", "source", "weight", "fid", "geometry", "geom"}
UNUSED_BY_REGIONS = ("validation", "folds", "block_size")  # its regions are its folds
COLUMNS = ("model", "part", "component", "n", "r2", "low", "high", "rmse", "mae", "bias", "slope")


@dataclass(frozen=True)
class Part:
    """One kind of validation: out-of-fold answers of the network and of the baselines."""

    kind: str
    names: tuple[str, ...]
    shares: Array
    concentration: Array
    number: NDArray[np.int64]
    baselines: dict[str, Array]
    histories: dict[str, History]


@dataclass(frozen=True)
class Outcome:
    """A finished training run."""

    params: CompositionTraining
    run: Run
    samples: Samples
    grid: Grid
    parts: list[Part]
    device: str

    def score_rows(self) -> list[dict[str, Any]]:
        """Return one row per validation, model, part (``all``, fold or region) and component."""
        return [row for part in self.parts for row in self._part_rows(part)]

    def _part_rows(self, part: Part) -> list[dict[str, Any]]:
        samples, rows = self.samples, []
        for model, shares in {NETWORK: part.shares, **part.baselines}.items():
            scores = composition_scores(samples.shares, shares, samples.components, samples.source)
            rows += [s.row(validation=part.kind, model=model, part="all") for s in scores]
        for number, name in enumerate(part.names):
            own = part.number == number
            scores = composition_scores(samples.shares[own], part.shares[own], samples.components, samples.source[own])
            rows += [s.row(validation=part.kind, model=NETWORK, part=name) for s in scores]
        return rows


def write_outcome(outcome: Outcome, rows: list[dict[str, Any]]) -> Result:
    """Write predictions, scores and report; return the files and the mean R2 of each validation."""
    params = outcome.params
    if params.scores:
        with atomic(params.scores) as part:
            pd.DataFrame(rows).to_csv(part, index=False)
    if params.predictions:
        write_vector(_predictions(outcome), params.predictions)
    means = {
        r["validation"]: r["r2"] for r in rows if (r["model"], r["part"], r["component"]) == (NETWORK, "all", "mean")
    }
    _report(outcome, rows).write(params.report)
    for line in summary_lines(rows):
        outcome.run.channel.info(line)
    numbers = {f"R2_{kind.upper()}": value for kind, value in means.items() if value is not None}
    honest = means[outcome.parts[-1].kind]  # with both hold-outs, strict comes last
    if honest is not None:
        numbers["R2_MEAN"] = honest
    outputs = {name.upper(): getattr(params, name) for name in ("model", "predictions", "scores", "report")}
    return Result({k: v for k, v in outputs.items() if v}, numbers)


def summary_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Return a sentence per validation: mean R2 with its interval, and the skill over the best baseline.

    Skill is 1 - MSE / MSE of the baseline, over all components.
    """
    lines = []
    for kind in dict.fromkeys(row["validation"] for row in rows):
        overall = [row for row in rows if row["validation"] == kind and row["part"] == "all"]
        means = {row["model"]: row for row in overall if row["component"] == "mean"}
        own = means.pop(NETWORK)
        if own["r2"] is None:
            lines.append(f"{kind}: no score, nothing was tested.")
            continue
        best = min(means, key=lambda model: _squared_error(overall, model))
        skill = 1 - _squared_error(overall, NETWORK) / max(_squared_error(overall, best), 1e-12)
        lines.append(
            f"{kind}: mean R2 {own['r2']:.3f} [{_text(own['low'])}, {_text(own['high'])}], RMSE {own['rmse']:.3f}; "
            f"best without imagery: {best}, R2 {_text(means[best]['r2'])}; skill over it {skill:.3f}."
        )
    return lines


def _squared_error(rows: list[dict[str, Any]], model: str) -> float:
    """Return the sum over components of the mean squared error of `model`."""
    return float(sum(row["rmse"] ** 2 for row in rows if row["model"] == model and row["component"] != "mean"))


def _text(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def check_component_names(components: Sequence[str]) -> None:
    """Raise `RegionwiseError` if a component is called like a field that the predictions layer has itself."""
    clash = [name for name in components if name.lower() in OWN_FIELDS]
    if clash:
        raise RegionwiseError(f"Target field '{clash[0]}' has a name that the outputs need.", "Rename the field.")


def prediction_fields(components: Sequence[str], kinds: Sequence[str]) -> dict[str, list[str]]:
    """Return the fields that the predictions layer has for each kind of validation.

    They are the fold, the predicted shares and the concentration, in this order; the kind is part
    of the name where there are several.
    """
    names = ("fold", *(f"{component}_pred" for component in components), "conc")
    return {kind: [name if len(kinds) == 1 else f"{name}_{kind}" for name in names] for kind in kinds}


def _predictions(outcome: Outcome) -> gpd.GeoDataFrame:
    """Return one feature per observed sample: what was observed, predicted, and by which fold."""
    samples = outcome.samples
    columns: dict[str, Any] = {"row": samples.row, "source": samples.source.astype(str), "weight": samples.weight}
    columns |= {name: samples.shares[:, i] for i, name in enumerate(samples.components)}
    fields = prediction_fields(samples.components, [part.kind for part in outcome.parts])
    for part in outcome.parts:
        names = np.array([*part.names, ""], object)
        values = [names[part.number], *part.shares.T, part.concentration]
        columns |= dict(zip(fields[part.kind], values, strict=True))
    frame = gpd.GeoDataFrame(columns, geometry=samples.geometry.to_numpy(), crs=outcome.grid.crs.to_wkt())
    return frame[~samples.augmented].reset_index(drop=True)


def _report(outcome: Outcome, rows: list[dict[str, Any]]) -> Report:
    """Return the report of the run."""
    regional = isinstance(outcome.params, CompositionRegions)
    title = "Composition: experts by region" if regional else "Composition: cross-validation"
    report = Report(title, "\n".join(summary_lines(rows)))
    for part in outcome.parts:
        _add_part(report, outcome, part, [row for row in rows if row["validation"] == part.kind])
    notices = [*outcome.samples.notices, *_label_notices(outcome.samples)]
    report.text("About the samples", f"{len(outcome.samples)} samples.", *notices)
    left_out = UNUSED_BY_REGIONS if regional else ()
    values = {k: v for k, v in outcome.params.to_json().items() if k not in left_out}
    asked = [{"parameter": k, "value": _shown(v)} for k, v in values.items()]
    report.table("What was asked", asked)
    settings = [{"what": k, "value": v} for k, v in versions().items()]
    settings.append({"what": "device", "value": outcome.device})
    settings.append({"what": "time", "value": format_seconds(time.monotonic() - outcome.run.start)})
    report.table("Versions", settings)
    report.text("Repeat this run", outcome.run.repeat_command)
    return report


def _add_part(report: Report, outcome: Outcome, part: Part, rows: list[dict[str, Any]]) -> None:
    """Add tables and figures of one kind of validation."""
    samples = outcome.samples
    overall = [row for row in rows if row["part"] == "all"]
    means = [row for row in overall if row["component"] == "mean"]
    interval = "Low and high bound R² in 90 % of resamplings of whole sources."
    report.table(f"Scores beside baselines: {part.kind}", means, COLUMNS, f"{KINDS[part.kind]} {interval}")
    own = [row for row in overall if row["model"] == NETWORK]
    report.table(f"Scores by component: {part.kind}", own, COLUMNS[2:], f"Mean of {_divergences(samples, part)}.")
    picture = figures.scatter(samples.shares, part.shares, samples.components)
    note = "Out-of-fold predictions; the line is 1:1, R² is measured at it."
    report.figure(f"Observed and predicted: {part.kind}", picture, note)
    parts = [row for row in rows if row["part"] != "all" and row["component"] == "mean"]
    report.table(f"Scores by fold or region: {part.kind}", parts, COLUMNS[1:])
    where = figures.sample_map(samples.xy, part.number, part.names)
    report.figure(f"Where they were tested: {part.kind}", where)
    picture = figures.residual_map(samples.xy, part.shares - samples.shares, samples.components)
    note = "Out-of-fold predicted minus observed share; patches of one colour are what the model misses."
    report.figure(f"Residuals: {part.kind}", picture, note)
    report.figure(f"Training: {part.kind}", figures.curves(part.histories), "A dot marks the weights that were kept.")


def _divergences(samples: Samples, part: Part) -> str:
    values = divergences(samples.shares, part.shares)
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())


def _label_notices(samples: Samples) -> list[str]:
    """Return what a reader should know about repeated labels."""
    observed = samples.shares[~samples.augmented]
    pure = (observed > 1 - 1e-6).any(1)  # pure units repeat by nature
    mixed = np.round(observed[~pure], 6)
    distinct = len(np.unique(mixed, axis=0)) if len(mixed) else 0
    sources = len(np.unique(samples.source.astype(str)))
    lines = [f"{len(observed)} observed samples of {sources} sources."]
    if len(mixed) and distinct < (1 - BROADCAST_SHARE) * len(mixed):
        lines.append(
            f"{len(mixed)} mixed labels hold only {distinct} distinct vectors: labels seem to be broadcast "
            "from larger units. Random folds then overstate the score; name the unit in the source field."
        )
    return lines


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("name") or value.get("path") or "–"
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(item)) for item in value) or "–"
    return value if value != "" else "–"
