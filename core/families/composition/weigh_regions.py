"""Weigh regions: learn how much each region should trust its expert, on predictions of unseen samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.vector.tables import check_fields, numeric_column, read_table, text_of
from ...data.vector.writers import write_vector
from ...learning.training_results import DIFFERENCE, prediction_fields
from ...mapping.region_weights import read_weights
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Text
from ...targets.dirichlet import factor_of, fit_factors, likeliest_factor, log_density
from ...targets.metrics import pooled_r2
from ...targets.score_intervals import (
    Difference,
    Jackknifed,
    difference,
    jackknifed,
    unit_numbers,
    unit_sums,
)
from ...targets.share_target import ScoreRow, share_fields
from ...targets.stacking import mixture_log_density, regional_weights
from ...validation.splits import grouped_folds
from .params import RegionWeighing
from .weigh_report import WAYS, Weighed, build_report, verdict_of

FEWEST = 10  # samples of a region from which weights are learned
SPATIAL = {"blocks", "knndm", "regions"}  # validations that are harder than that of the experts
TOLERANCE = 0.005  # by which learned weights may be less likely than the better model alone
UNEQUAL = (
    "The global predictions were made under {}, those of the experts on whole sources among their neighbours: that "
    "favours the experts. Train the global model with Validation = grouped to weigh them alike."
)
FAIRER = (
    "'{}' was predicted under {}, which is harder than the hold-out of the experts (mean log density {:.3f}; {:.3f} of "
    "one model of all regions tested on their samples)."
)
SAMPLE = ["row", "points", "part"]  # what names a sample: the row of its layer, and which of how many points there


@dataclass(frozen=True)
class Predictions:
    """Predictions of the same unseen samples by two models, with source, and `unit` that folds of both kept whole."""

    observed: Array
    shares: tuple[Array, Array]
    log_densities: Array
    region: Text
    group: Text
    unit: Text
    validation: str


def weigh_regions(params: RegionWeighing, run: Run) -> Result:
    """Write the weights of each region, with the held-out scores of global, regional, fixed and learned weights."""
    check_writable(params.weights, params.report)
    check_not_input([params.weights], [params.predictions.path, params.regional_predictions.path])
    data = _read(params, run)
    if data.validation in SPATIAL:
        run.channel.warning(UNEQUAL.format(data.validation))
    names = sorted({str(name) for name in data.region})
    fixed = read_weights(params.fixed, names) if params.fixed else dict.fromkeys(names, (0.5, 0.5))
    held_out = _held_out(data, params)
    learned, pooled = regional_weights(data.log_densities, data.region)
    run.channel.info(f"Pooled weights: global {pooled[0]:.2f}, regional {pooled[1]:.2f}.")
    rows, table = [], []
    for name in names:
        inside = data.region == name
        count = int(inside.sum())
        scores = _scores(data, inside, np.tile(fixed[name], (count, 1)), held_out[inside])
        weights, note = _guarded(learned[name], scores, count)
        row = {"region": name, "global": float(weights[0]), "regional": float(weights[1]), "n": count, "note": note}
        table.append(row)
        rows += [{"region": name, "weights": way, **scores[way]} for way in WAYS]
        text = f"{name}: global {weights[0]:.2f}, regional {weights[1]:.2f} ({count} samples)"
        run.channel.info(f"{text}; {note}." if note else f"{text}.")
    fixed_rows = np.array([fixed[str(name)] for name in data.region])
    scores = _scores(data, np.ones(len(data.region), bool), fixed_rows, held_out)
    rows += [{"region": "all", "weights": way, **scores[way]} for way in WAYS]
    write_vector(pd.DataFrame(table), params.weights)
    weighed = Weighed(rows, table, UNEQUAL.format(data.validation) if data.validation in SPATIAL else "")
    verdict = verdict_of(weighed)
    if params.report or params.figures:
        build_report(params, run, weighed, verdict).write(params.report, params.figures)
    outputs = {"WEIGHTS": params.weights, "REPORT": params.report, "FIGURES": params.figures}
    numbers = {"REGIONS": float(len(names))}
    return Result({k: v for k, v in outputs.items() if v}, numbers, verdict.first_line)


def _read(params: RegionWeighing, run: Run) -> Predictions:
    """The samples that both layers predicted out of fold."""
    experts = read_table(params.regional_predictions)
    tables = [
        _predictions(read_table(params.predictions), "", params.targets, params.predictions),
        _predictions(experts, "within", params.targets, params.regional_predictions),
    ]
    if str(tables[0]["validation"].iloc[0]) in SPATIAL and "conc_pooled" in experts:
        tables[0] = _fairer(tables[0], experts, params, run)
    shared = tables[0].merge(tables[1], on=SAMPLE, suffixes=("", "_other"))
    shared = shared[shared["conc"].notna() & shared["conc_other"].notna()]
    _check_shared(shared, params)
    observed = shared[list(params.targets)].to_numpy(np.float64)
    shares, concentrations = [], []
    for suffix in ("", "_other"):
        shares.append(shared[[f"{t}_pred{suffix}" for t in params.targets]].to_numpy(np.float64))
        concentrations.append(shared[f"conc{suffix}"].to_numpy(np.float64))
    region = np.array([text_of(value) for value in shared["fold_other"]], object)
    pairs = zip(shares, concentrations, strict=True)
    densities = np.stack([_log_densities(p, c, observed, region) for p, c in pairs], 1)
    return Predictions(
        observed,
        (shares[0], shares[1]),
        densities,
        region,
        shared["source"].to_numpy(object),
        _coarser(shared["unit"].to_numpy(object), shared["unit_other"].to_numpy(object)),
        str(shared["validation"].iloc[0]),
    )


def _coarser(unit: Text, other: Text) -> Text:
    """The units of two layers' folds that are fewer: no interval is narrower than either allows."""
    return min(unit, other, key=lambda names: len(np.unique(names.astype(str))))


def _log_densities(shares: Array, concentration: Array, observed: Array, region: Text) -> Array:
    """The log density of each label, with concentrations that make them most likely.

    Those of the layers give deviations their size; a mixture of densities that are not the likeliest would lean on the
    model that is less often very wrong.
    """
    factors = fit_factors(shares, concentration, observed, region, likeliest_factor)
    return log_density(shares, concentration * factor_of(factors, region), observed)


def _check_shared(shared: pd.DataFrame, params: RegionWeighing) -> None:
    """Raise `RegionwiseError` if too few samples were predicted by both, or they are not the same samples."""
    if len(shared) < FEWEST:
        raise RegionwiseError(
            f"'{params.predictions}' and '{params.regional_predictions}' share {len(shared)} predicted samples; "
            f"{FEWEST} are needed.",
            "Make both with the same samples layer: 'Train composition', and 'Train regions' with Holdout = both.",
        )
    observed = shared[list(params.targets)].to_numpy(np.float64)
    regional = shared[[f"{t}_other" for t in params.targets]].to_numpy(np.float64)
    if not np.allclose(observed, regional, atol=1e-6):
        raise RegionwiseError(
            f"'{params.predictions}' and '{params.regional_predictions}' were made from different samples: row "
            f"{shared['row'][(np.abs(observed - regional) > 1e-6).any(1)].iloc[0]:.0f} has other shares.",
            "Train both models on the same samples layer.",
        )
    if "within" not in str(shared["validation_other"].iloc[0]):
        raise RegionwiseError(
            f"'{params.regional_predictions}' holds no predictions of experts (Holdout was "
            f"{shared['validation_other'].iloc[0]}).",
            "Give the predictions that 'Train regions' wrote with Holdout = both or within.",
        )


def _fairer(table: pd.DataFrame, experts: pd.DataFrame, params: RegionWeighing, run: Run) -> pd.DataFrame:
    """The likelier of two predictions that stand for the global model, tested under harder folds than the experts.

    They are its own predictions, and those of one model of all regions that was tested as the
    experts were. Both understate it: the folds of the one were harder, the other is a single member.
    """
    pooled = _predictions(experts, "pooled", params.targets, params.regional_predictions)
    pooled_rows = pooled[pooled["conc"].notna()]
    own_rows = table.merge(pooled_rows[SAMPLE], on=SAMPLE)
    densities = [
        _log_densities(
            rows[[f"{t}_pred" for t in params.targets]].to_numpy(np.float64),
            rows["conc"].to_numpy(np.float64),
            rows[list(params.targets)].to_numpy(np.float64),
            np.full(len(rows), "", object),
        ).mean()
        for rows in (own_rows[own_rows["conc"].notna()], pooled_rows)
    ]
    better = int(densities[1] > densities[0])
    text = FAIRER.format(params.predictions, table["validation"].iloc[0], *densities)
    run.channel.info(f"{text} {('Its own', 'The pooled')[better]} predictions are weighed.")
    return (table.assign(validation=f"{table['validation'].iloc[0]}, at least as likely as pooled"), pooled)[better]


def _predictions(frame: pd.DataFrame, kind: str, targets: tuple[str, ...], layer: Layer) -> pd.DataFrame:
    """Row, source, unit, observed and predicted shares, concentration and fold under common names.

    `kind` is the validation whose predictions are wanted, where the layer holds several.
    """
    kinds = [kind, "another"] if f"conc_{kind}" in frame else [kind]
    names = prediction_fields(share_fields(targets), kinds)[kind]
    kept = ["row", "source", "validation", *targets, *names]
    check_fields(frame, kept, layer)
    plain = ("fold", *share_fields(targets))
    table = pd.DataFrame(frame[kept]).rename(columns=dict(zip(names, plain, strict=True)))
    for name in ("row", *targets, *share_fields(targets)):
        table[name] = numeric_column(table, name, layer)
    points = table.groupby("row")["row"]
    unit = f"unit_{kind}" if f"unit_{kind}" in frame else "unit" if "unit" in frame else "source"  # of older versions
    table["unit"] = frame[unit].map(text_of)
    return table.assign(points=points.transform("size"), part=points.cumcount())


def _held_out(data: Predictions, params: RegionWeighing) -> Array:
    """For each sample the weights that were learned without its group, shape (sample, 2)."""
    groups = len(np.unique(data.group.astype(str)))
    fold = grouped_folds(data.group, min(params.folds, groups), params.seed)
    weights = np.empty((len(data.region), 2))
    for number in range(int(fold.max()) + 1):
        train, test = fold != number, np.flatnonzero(fold == number)
        learned, pooled = regional_weights(data.log_densities[train], data.region[train])
        weights[test] = [learned.get(str(name), pooled) for name in data.region[test]]
    return weights


def _scores(data: Predictions, rows: NDArray[np.bool_], fixed: Array, learned: Array) -> dict[str, ScoreRow]:
    """The score of each way to weigh the samples `rows`; fixed and learned weights have a row per sample.

    Each has the difference of its mean log density to that of learned weights, with its interval over units.
    """
    alone = np.eye(2)[:, None].repeat(int(rows.sum()), 1)
    weights = dict(zip(WAYS, (alone[0], alone[1], fixed, learned), strict=True))
    densities = {way: _densities(data, rows, weights[way]) for way in WAYS}
    by_unit = {way: _mean_by_unit(densities[way], data.unit[rows]) for way in WAYS}
    scores = {}
    for way in WAYS:
        found = None if way == "learned" else difference(by_unit[way], by_unit["learned"])
        beside = dict(zip(DIFFERENCE, found or (None, None, None), strict=True))
        scores[way] = {**_score(data, rows, weights[way], densities[way]), **beside}
    return scores


def _densities(data: Predictions, rows: NDArray[np.bool_], weights: Array) -> Array:
    """The log density of each sample under the mixture with its row of weights."""
    mixtures = zip(data.log_densities[rows], weights, strict=True)
    return np.array([mixture_log_density(density[None], weight)[0] for density, weight in mixtures])


def _mean_by_unit(values: Array, unit: Text) -> Jackknifed:
    """The mean, and what it is without each unit."""
    sums = unit_sums(np.stack([np.ones(len(values)), values], 1), unit_numbers(unit))
    return jackknifed(sums, lambda some: some[:, 1:] / some[:, :1])[0]


def _score(data: Predictions, rows: NDArray[np.bool_], weights: Array, densities: Array) -> ScoreRow:
    """Mean log density and R2 of the mixture with a row of weights per sample."""
    mean = weights[:, :1] * data.shares[0][rows] + weights[:, 1:] * data.shares[1][rows]
    return {
        "log_density": float(densities.mean()),
        "r2": pooled_r2(data.observed[rows], mean),
        "n": int(rows.sum()),
    }


def _guarded(learned: Array, scores: Mapping[str, ScoreRow], count: int) -> tuple[Array, str]:
    """The learned weights, or those of one model alone where learning scored lower on unseen samples.

    The single model is then the better guess, also where chance may have made the difference; the note says which.
    """
    if count < FEWEST:
        return learned, f"fewer than {FEWEST} samples, so near the pooled weights"
    single = max(("global", "regional"), key=lambda way: scores[way]["log_density"])
    best = scores[single]["log_density"]
    if scores["learned"]["log_density"] >= best - TOLERANCE * abs(best):
        return learned, ""
    found = Difference(*(scores[single][name] for name in DIFFERENCE))
    words = "did worse than" if found.verdict == "better" else "were no better beyond chance than"
    weights: Array = np.eye(2)[0 if single == "global" else 1]
    return weights, f"learned weights {words} {single} alone (by {found.value:.3f})"
