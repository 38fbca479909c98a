"""Augment samples: predict shares where they were not observed, from attributes, with uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import Problems
from ...data.vector.labels import AUGMENTED_FIELD, RECIPE_FIELD, WEIGHT_FIELD, read_shares
from ...data.vector.layers import read_rows
from ...data.vector.numerals import numbers_of
from ...data.vector.samples import read_group
from ...data.vector.tables import check_fields, not_numeric
from ...data.vector.writers import check_field_names, write_vector
from ...features.attribute_table import attribute_table
from ...learning.augmented_labels import Recipe
from ...learning.label_trees import (
    Settings,
    Table,
    fit_means,
    fit_quantiles,
    predict_means,
    predict_quantiles,
    spread_weights,
)
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array
from ...targets.metrics import composition_scores
from ...targets.scored_samples import ScoredSamples
from ...targets.share_target import ScoreRow
from .augment_report import CrossValidation, build_report, verdict_of
from .params import Augmentation
from .table_trees import importance, search_settings, validate

FEWEST_ROWS = 20
LONGEST_TEXT = 254  # letters of a field of a shapefile
FLAGS = (WEIGHT_FIELD, AUGMENTED_FIELD, RECIPE_FIELD)


@dataclass(frozen=True)
class SampleTable:
    """The labels of all rows, observed or predicted.

    Parameters
    ----------
    shares : array, shape (row, component)
        As observed, else the predicted means.
    quantiles : array, shape (row, component, level)
    weight : array, shape (row,)
        1 for an observed row.
    augmented : array of bool, shape (row,)
        Whether the shares are predicted.
    recipe : str
        How; empty where the output cannot hold it.
    """

    shares: Array
    quantiles: Array
    weight: Array
    augmented: NDArray[np.bool_]
    recipe: str


def augment(params: Augmentation, run: Run) -> Result:
    """Write all rows: observed shares as they are, missing ones predicted, flagged and weighted."""
    check_writable(params.output, params.report)
    check_not_input([params.output], [params.input.path])
    frame, shares = _read(params, run)
    if frame.crs is None and params.add_coordinates and params.features:
        run.channel.warning(f"'{params.input}' has no places: coordinates are no features.")
        params = replace(params, add_coordinates=False)
    features, names = attribute_table(frame, params.features, str(params.input), coordinates=params.add_coordinates)
    observed = np.isfinite(shares[:, 0])
    group = read_group(frame, params.source_field)
    table = Table(features[observed], names, shares[observed], group[observed])
    settings, searched = search_settings(table, params.search, params.folds, params.seed, _within(run, 0.0, 0.3))
    predicted = validate(table, params.search, params.folds, params.seed, _within(run, 0.3, 0.8))
    run.channel.progress(0.8, "Fitting means and quantiles")
    mean_models = fit_means(table, settings, params.seed)
    quantile_models = fit_quantiles(table, settings, params.quantile_levels(), params.seed)
    quantiles = predict_quantiles(quantile_models, features, names)
    means = predict_means(mean_models, features, names)
    weight = np.where(observed, 1.0, spread_weights(quantiles, params.quantile_levels(), table.shares))
    recipe = _recipe(params, settings, run)
    labels = SampleTable(np.where(observed[:, None], shares, means), quantiles, weight, ~observed, recipe)
    write_vector(_output(frame, params, labels), params.output)
    rows = score_rows(predicted, table, params)
    validated = CrossValidation(table, predicted, rows, searched, importance(mean_models, names))
    for kind, row in {r["validation"]: r for r in rows if r["component"] == "mean"}.items():
        run.channel.info(f"Augmentation, {kind}: mean R2 {row['r2']:.3f}.")
    run.channel.info(f"{observed.sum()} observed rows, {(~observed).sum()} augmented.")
    verdict = verdict_of(params, validated, weight[~observed])
    if params.report:
        build_report(params, run, validated, weight[~observed], verdict).write(params.report)
    outputs = {"OUTPUT": params.output, "REPORT": params.report}
    numbers = {"AUGMENTED": float((~observed).sum())}
    return Result({k: v for k, v in outputs.items() if v}, numbers, verdict.first_line)


def _read(params: Augmentation, run: Run) -> tuple[gpd.GeoDataFrame, Array]:
    """All rows and their shares (NaN where missing); every problem is told at once."""
    frame = read_rows(params.input)
    check_fields(frame, (*params.targets, *params.features, params.source_field), params.input)
    problems = Problems()
    for field in params.features:
        numbers = numbers_of(frame[field])
        if not_numeric(frame[field], numbers).any() or np.isnan(numbers).all():
            problems.add(f"Feature '{field}' of '{params.input}' is not numeric; choose another field.")
    fields = {str(name).lower() for name in frame if name not in FLAGS}  # those of an earlier run are replaced
    for name in _new_fields(params):
        if name.lower() in fields:
            problems.add(f"Layer '{params.input}' already has a field '{name}'; rename it.")
    check_field_names(params.output, _new_fields(params))
    if frame.crs is None and params.output.lower().endswith(".shp"):
        problems.add(f"'{params.output}' cannot hold a table without places; write a GeoPackage or CSV instead.")
    shares, notices = read_shares(frame, params.targets, str(params.input))
    for notice in notices:
        run.channel.info(notice)
    observed = ~np.isnan(shares).any(1)
    if observed.sum() < FEWEST_ROWS:
        problems.add(
            f"Only {observed.sum()} rows of '{params.input}' have labels; augmenting needs {FEWEST_ROWS} or more."
        )
    problems.raise_any()
    return frame, shares


def _recipe(params: Augmentation, settings: Settings, run: Run) -> str:
    """How labels are predicted, for training to predict them anew; empty where the output cannot hold it."""
    options = params.add_coordinates, settings, params.quantile_levels(), params.seed
    recipe = Recipe(params.targets, params.features, *options).text()
    if params.output.lower().endswith(".shp") and len(recipe.encode()) > LONGEST_TEXT:
        run.channel.warning(
            f"'{params.output}' cannot hold how labels were predicted: a shapefile has no texts of {len(recipe)} "
            "letters. Training cannot predict them anew in each fold, and its scores will be too good; write a "
            "GeoPackage or CSV instead."
        )
        return ""
    return recipe


def _within(run: Run, low: float, high: float) -> Callable[[float, str], None]:
    """A function that tells progress within a part of the run."""
    return lambda fraction, text: run.channel.progress(low + (high - low) * fraction, text)


def _quantile_fields(params: Augmentation) -> list[list[str]]:
    """The names of the quantile columns, by component and level: F_q05, F_q50, F_q95."""
    digits = [f"{level * 100:05.2f}".rstrip("0").rstrip(".").replace(".", "_") for level in params.quantile_levels()]
    return [[f"{target}_q{text}" for text in digits] for target in params.targets]


def _new_fields(params: Augmentation) -> list[str]:
    """The names of all columns that are added."""
    return [*(name for names in _quantile_fields(params) for name in names), *FLAGS]


def _output(frame: gpd.GeoDataFrame, params: Augmentation, labels: SampleTable) -> pd.DataFrame:
    """The rows with shares, quantiles, weight and flag; without geometry where there are no places."""
    columns: dict[str, NDArray[Any]] = {name: labels.shares[:, i] for i, name in enumerate(params.targets)}
    for i, names in enumerate(_quantile_fields(params)):
        columns |= {name: labels.quantiles[:, i, j] for j, name in enumerate(names)}
    recipe = np.where(labels.augmented, labels.recipe, "").astype(object)
    columns |= {WEIGHT_FIELD: labels.weight, AUGMENTED_FIELD: labels.augmented.astype(np.int32), RECIPE_FIELD: recipe}
    kept = frame.drop(columns=[name for name in frame if str(name).lower() == "fid"]).assign(**columns)
    return kept if frame.crs is not None else pd.DataFrame(kept.drop(columns=frame.geometry.name))


def score_rows(predicted: dict[str, Array], table: Table, params: Augmentation) -> list[ScoreRow]:
    """The scores of each validation and component, and their mean."""
    return [
        score.row(validation=kind, model="boosting", part="all")
        for kind, shares in predicted.items()
        for score in composition_scores(ScoredSamples.alike(table.shares, shares, table.group), params.targets)
    ]
