"""Explain factors: what each one adds to the predictions of a susceptibility model, everywhere and in each block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.grids import Grid
from ...data.raster.stack import FACTOR, Stack
from ...data.vector.labels import read_events
from ...data.vector.layers import read_layer, read_rows, representative_points, single_places
from ...data.vector.polygons import Regions, read_regions
from ...data.vector.tables import check_fields, numeric_columns
from ...data.vector.writers import check_field_names, write_rows, write_vector
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...learning.tested_samples import TRAINED, UNKNOWN, split_of_each
from ...mapping.band_matching import match_bands
from ...mapping.styles.vector_styles import by_class, style_layer
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.input_log import note_change
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats
from ...targets.share_target import ScoreRow
from ...workflow.table_inputs import table_grid
from .event_answers import Predict, out_of_fold_probability, probability_of
from .explain_report import Explanation, build_report, errors, verdict_of
from .logit_parts import ExplainedRows, explain_logits
from .params import FactorExplanation
from .sampling_design import design_of, event_sizes, missing_design
from .shapley import WeighedLabels, permutation_importance

FAMILY = "susceptibility"
FEWEST = 5  # samples of a block that tell its dominant factor
BLOCK_FIELDS = ("block", "samples", "dominant", "share")
MAYBE_TRAINED = "Importance is that for samples which may have trained: the model is of an old version."


def explain(params: FactorExplanation, run: Run) -> Result:
    """Write importance and Shapley values of each factor, and the dominant factor of each block."""
    check_writable(params.output, params.scores, params.report)
    if params.figures:
        make_folder(params.figures)
    rasters = [layer.path for layer in params.factors]
    check_not_input([params.output, params.scores], [*rasters, params.samples.path, params.blocks.path, params.model])
    model = read_model(params.model, FAMILY)
    names = model.card.band_names()
    check_field_names(params.output, (*BLOCK_FIELDS, *names))
    frame, table, grid = _read(params, model.card)
    truth = read_events(frame, params.label_field, str(params.samples))[:, 1]
    design = _design(frame, model.card, truth, params.samples)
    if params.factors:
        design = design * event_sizes(frame.geometry, truth == 1, truth == 1, grid)
    blocks = read_regions(params.blocks, params.block_field, grid) if params.blocks else None
    rng = np.random.default_rng(params.seed)
    chosen = np.sort(rng.permutation(len(table))[: params.most_samples])
    if len(chosen) < len(table):
        run.channel.info(f"{len(chosen)} of {len(table)} samples, drawn at random, are explained.")

    def tell(share: float) -> None:
        """Report the share of the work that is done."""
        run.channel.progress(0.9 * share, "Shapley values")

    rows = ExplainedRows(table[chosen], table, params.draws, params.seed)
    added = explain_logits(model, rows, grid, run.channel, tell)
    for text in errors(added):
        run.channel.info(text)
    predict, labelled, whose = _unseen(model, frame, table, np.isfinite(truth), grid, run)
    run.channel.info(whose)
    prevalence = model.card.calibration.prevalence or 0.0
    labels = WeighedLabels.of(truth[labelled], design[labelled], prevalence)
    importance = permutation_importance(predict, table[labelled], labels, params.repeats, params.seed, names)
    for row, size in zip(importance, np.abs(added.values).mean(0), strict=True):
        row["shapley"] = float(size)
    importance.sort(key=lambda row: -row["shapley"])
    write_rows(importance, params.scores)
    explanation = Explanation(names, table[chosen], added, importance, whose, unseen=whose != MAYBE_TRAINED)
    if blocks is not None:
        number = blocks.at(representative_points(frame.geometry)[chosen])
        explanation = replace(explanation, blocks=_block_rows(blocks.names, number, explanation, run))
        _write_blocks(blocks, explanation.blocks, params)
    verdict = verdict_of(explanation)
    if params.report or params.figures:
        build_report(params, run, explanation, verdict).write(params.report, params.figures)
    run.channel.info(", ".join(f"{row['factor']} {row['shapley']:.3f}" for row in importance[:5]))
    outputs = {"OUTPUT": params.output, "SCORES": params.scores, "REPORT": params.report, "FIGURES": params.figures}
    return Result({key: value for key, value in outputs.items() if value}, verdict=verdict.first_line)


def _unseen(
    model: Model, frame: gpd.GeoDataFrame, table: Floats, labelled: NDArray[np.bool_], grid: Grid, run: Run
) -> tuple[Predict, NDArray[np.bool_], str]:
    """A function that answers labelled rows by members that never saw them, which rows, and whose answers, in words."""
    split = split_of_each(model, frame.geometry if frame.crs is not None else None, table)
    if split is None:
        predict = probability_of(model, grid, run.channel, model.card.calibration.prior_correction)
        return predict, labelled, MAYBE_TRAINED
    only_trained, new = split == TRAINED, split == UNKNOWN
    tested = labelled & ~only_trained
    text = f"Importance: {(tested & ~new).sum()} samples are answered by the members that never saw them"
    if (tested & new).any():
        text += f", {(tested & new).sum()} that no member saw by all"
    if (labelled & only_trained).any():
        text += f"; {(labelled & only_trained).sum()} that all members saw are left out"
    return out_of_fold_probability(model, grid, run.channel, split[tested]), tested, f"{text}."


def _design(frame: gpd.GeoDataFrame, card: Card, truth: Array, layer: Layer) -> Array:
    """How many cells each sample stands for; tells if the model learned by that, and the samples do not say it."""
    field = card.training.get("design_field", "")
    missing = missing_design(frame, field)
    if missing:
        note_change(str(layer), layer.path, missing)
    return design_of(frame, field, truth, str(layer))


def _read(params: FactorExplanation, card: Card) -> tuple[gpd.GeoDataFrame, Floats, Grid]:
    """The samples with all of the model's factors, their values (sample, factor), and a grid."""
    names = card.band_names()
    if params.factors:
        with Stack({FACTOR: params.factors}, params.resampling, scales=card.scales) as stack:
            positions = match_bands(card.bands, stack)
            frame, grid = read_layer(params.samples, stack.grid.crs, stack.grid.bounds), stack.grid
            frame = single_places(frame, params.samples)
            table = stack.values_at(representative_points(frame.geometry))[:, positions]
    else:
        frame = read_rows(params.samples)
        if params.blocks and frame.crs is None:
            raise RegionwiseError(
                f"Table '{params.samples}' has no places, so that no sample lies in a block.",
                "Leave Blocks empty, or add the columns longitude and latitude.",
            )
        check_fields(frame, names, params.samples)
        table = numeric_columns(frame, names, str(params.samples)).astype(np.float32)
        grid = table_grid(frame)
    check_fields(frame, (params.label_field,), params.samples)
    valid = np.isfinite(table).any(1)
    if not valid.any():
        raise RegionwiseError(f"No sample of '{params.samples}' lies on the factors.", "Check the CRS of both.")
    return frame[valid].reset_index(drop=True), table[valid], grid


def _block_rows(
    block_names: Sequence[str], number: NDArray[np.int64], explanation: Explanation, run: Run
) -> list[ScoreRow]:
    """A row for each block: its samples, its dominant factor, and the mean size that each factor adds.

    Parameters
    ----------
    number : array of int, shape (sample,)
        Of the block that a sample lies in; -1 outside of all.
    """
    names, sizes = explanation.names, np.abs(explanation.added.values)
    rows: list[ScoreRow] = []
    for index, name in enumerate(block_names):
        members = sizes[number == index]
        row: ScoreRow = {"block": name, "samples": len(members), "dominant": "", "share": np.nan}
        mean = members.mean(0) if len(members) else np.full(len(names), np.nan)
        if len(members) >= FEWEST:
            best = int(mean.argmax())
            row |= {"dominant": names[best], "share": float(mean[best] / max(mean.sum(), 1e-12))}
        rows.append({**row, **dict(zip(names, map(float, mean), strict=True))})
    few = sum(not row["dominant"] for row in rows)
    if few:
        run.channel.warning(f"{few} of {len(rows)} blocks have fewer than {FEWEST} samples: nothing dominates them.")
    return rows


def _write_blocks(blocks: Regions, rows: list[ScoreRow], params: FactorExplanation) -> None:
    """Write the blocks with their rows, if a layer is wanted."""
    if params.output:
        frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=blocks.frame.geometry, crs=blocks.frame.crs)
        write_vector(frame, params.output)
        style_layer(frame, params.output, by_class("dominant", frame["dominant"], "too few samples"))
