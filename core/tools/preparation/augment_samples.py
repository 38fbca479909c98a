"""Augment samples: predict shares where they were not observed, from attributes, with uncertainty."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import Problems, RegionwiseError
from ...data.vector.samples import (
    AUGMENTED_FIELD,
    WEIGHT_FIELD,
    read_layer,
    read_shares,
    read_source,
    representative_points,
)
from ...data.vector.tables import check_fields
from ...data.vector.writers import check_field_names, write_vector
from ...reports import figures
from ...reports.html_report import HtmlReport
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...targets.metrics import composition_scores
from ...targets.share_target import ShareTarget
from .params import Augmentation
from .table_trees import (
    Table,
    fit_means,
    fit_quantiles,
    importance,
    predict_means,
    predict_quantiles,
    search_settings,
    validate,
)

Array = NDArray[np.float64]

COORDINATES = ("Lon", "Lat", "Lon2", "Lat2", "LonLat")
LEAST_WEIGHT = 0.05
FEWEST_ROWS = 20


def augment(params: Augmentation, run: Run) -> Result:
    """Write all rows: observed shares as they are, missing ones predicted, flagged and weighted."""
    check_writable(params.output, params.report)
    check_not_input([params.output], [params.input.path])
    frame, shares = _read(params, run)
    features, names = _features(frame, params)
    known = np.isfinite(shares[:, 0])
    source = read_source(frame, params.source_field)
    table = Table(features[known], names, shares[known], source[known])
    settings, tried = search_settings(table, params.search, params.folds, params.seed, _within(run, 0.0, 0.3))
    answers = validate(table, params.search, params.folds, params.seed, _within(run, 0.3, 0.8))
    run.channel.progress(0.8, "Fitting means and quantiles")
    models = fit_means(table, np.arange(len(table.shares)), settings, params.seed)
    levels = params.quantile_levels()
    spreads = fit_quantiles(table, settings, levels, params.seed)
    quantiles = predict_quantiles(spreads, features, names)
    means = predict_means(models, features, names)
    weight = np.where(known, 1.0, _weights(quantiles, table.shares))
    closed = np.where(known[:, None], shares, means)
    write_vector(_output(frame, params, closed, quantiles, weight, ~known), params.output)
    rows = _score_rows(answers, table, params)
    for kind, row in {r["validation"]: r for r in rows if r["component"] == "mean"}.items():
        run.channel.info(f"Augmentation, {kind}: mean R2 {row['r2']:.3f}.")
    run.channel.info(f"{known.sum()} observed rows, {(~known).sum()} augmented.")
    _report(params, run, rows, tried, answers, table, importance(models, names), weight[~known]).write(params.report)
    outputs = {"OUTPUT": params.output, "REPORT": params.report}
    return Result({k: v for k, v in outputs.items() if v}, {"AUGMENTED": float((~known).sum())})


def _read(params: Augmentation, run: Run) -> tuple[gpd.GeoDataFrame, Array]:
    """All rows and their shares (NaN where missing); every problem is told at once."""
    frame = read_layer(params.input)
    check_fields(frame, (*params.targets, *params.features, params.source_field), params.input)
    problems = Problems()
    for field in params.features:
        numbers = pd.to_numeric(frame[field], errors="coerce")
        if (numbers.isna() & frame[field].notna()).any() or numbers.isna().all():
            problems.add(f"Feature '{field}' of '{params.input}' is not numeric; choose another field.")
    own = {AUGMENTED_FIELD, WEIGHT_FIELD}  # of an earlier run: they are replaced
    fields = {str(name).lower() for name in frame if name not in own}
    for name in _new_fields(params):
        if name.lower() in fields:
            problems.add(f"Layer '{params.input}' already has a field '{name}'; rename it.")
    check_field_names(params.output, _new_fields(params))
    shares, notices = read_shares(frame, params.targets, str(params.input))
    for notice in notices:
        run.channel.info(notice)
    known = ~np.isnan(shares).any(1)
    if known.sum() < FEWEST_ROWS:
        problems.add(
            f"Only {known.sum()} rows of '{params.input}' have labels; augmenting needs {FEWEST_ROWS} or more."
        )
    problems.raise_any()
    return frame, shares


def _features(frame: gpd.GeoDataFrame, params: Augmentation) -> tuple[Array, tuple[str, ...]]:
    """The feature table; coordinates are degrees (WGS 84) with their squares and product."""
    columns = [pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64) for name in params.features]
    names = list(params.features)
    if params.add_coordinates:
        missing = frame.geometry.isna() | frame.geometry.is_empty
        if missing.any():
            raise RegionwiseError(
                f"{missing.sum()} rows of '{params.input}' have no place.",
                "Switch off Add coordinates, or give them one.",
            )
        lon, lat = representative_points(frame.geometry.to_crs("EPSG:4326")).T
        columns += [lon, lat, lon**2, lat**2, lon * lat]
        names += COORDINATES
    if len(set(names)) < len(names):
        raise RegionwiseError(
            f"A feature is called like one of the coordinates ({', '.join(COORDINATES)}).", "Rename the field."
        )
    return np.stack(columns, 1), tuple(names)


def _within(run: Run, low: float, high: float) -> Callable[[float, str], None]:
    """A function that tells progress within a part of the run."""
    return lambda fraction, text: run.channel.progress(low + (high - low) * fraction, text)


def _weights(quantiles: Array, observed: Array) -> Array:
    """The weight of each predicted label: 1 / (1 + spread / variance of the observed shares).

    The spread is the squared half-width between the outer quantiles, in units of which a normal
    distribution has about 1.64 from .05 to the median; averaged over components.
    """
    half_width = (quantiles[:, :, -1] - quantiles[:, :, 0]) / 2 / 1.645
    ratio = (half_width**2).mean(1) / max(float(observed.var(0).mean()), 1e-12)
    weights: Array = np.clip(1 / (1 + ratio), LEAST_WEIGHT, 1.0)
    return weights


def _quantile_fields(params: Augmentation) -> list[list[str]]:
    """The names of the quantile columns, by component and level: F_q05, F_q50, F_q95."""
    digits = [f"{level * 100:05.2f}".rstrip("0").rstrip(".").replace(".", "_") for level in params.quantile_levels()]
    return [[f"{target}_q{text}" for text in digits] for target in params.targets]


def _new_fields(params: Augmentation) -> list[str]:
    return [*(name for names in _quantile_fields(params) for name in names), WEIGHT_FIELD, AUGMENTED_FIELD]


def _output(
    frame: gpd.GeoDataFrame,
    params: Augmentation,
    shares: Array,
    quantiles: Array,
    weight: Array,
    augmented: NDArray[np.bool_],
) -> gpd.GeoDataFrame:
    columns = {name: shares[:, i] for i, name in enumerate(params.targets)}
    for i, names in enumerate(_quantile_fields(params)):
        columns |= {name: quantiles[:, i, j] for j, name in enumerate(names)}
    columns |= {WEIGHT_FIELD: weight, AUGMENTED_FIELD: augmented.astype(np.int32)}
    kept = frame.drop(columns=[name for name in frame if str(name).lower() == "fid"])
    return kept.assign(**columns)


def _score_rows(answers: dict[str, Array], table: Table, params: Augmentation) -> list[dict[str, object]]:
    return [
        score.row(validation=kind, model="boosting", part="all")
        for kind, shares in answers.items()
        for score in composition_scores(table.shares, shares, params.targets, table.source)
    ]


def _report(
    params: Augmentation,
    run: Run,
    rows: list[dict[str, object]],
    tried: list[dict[str, object]],
    answers: dict[str, Array],
    table: Table,
    gains: dict[str, float],
    weights: Array,
) -> HtmlReport:
    means = {row["validation"]: row["r2"] for row in rows if row["component"] == "mean"}
    summary = ", ".join(f"{kind}: mean R2 {value:.3f}" for kind, value in means.items())
    report = HtmlReport("Augmented samples", summary)
    columns = ("validation", *ShareTarget.columns[2:])
    report.table(
        "Cross-validation: random beside by source",
        rows,
        columns,
        "By source: rows of one source are never in training and test at once.",
    )
    for kind, shares in answers.items():
        report.figure(f"Observed and predicted: {kind}", figures.scatter(table.shares.T, shares.T, params.targets))
    report.table("Parameter search", tried, (*next(iter(tried)), "chosen") if "chosen" not in tried[0] else ())
    report.figure("Feature importance", figures.bars(gains, "share of gain"))
    if len(weights):
        report.text(
            "Weights of augmented rows",
            f"{len(weights)} rows, weight {weights.min():.2f} to {weights.max():.2f}, median {np.median(weights):.2f}.",
        )
    report.spec(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report
