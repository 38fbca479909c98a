"""Results of training: scores, predictions and files of a run, the same for every family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError
from ..contract.learning_params import LearningParams
from ..data.raster.grids import Grid
from ..data.raster.stack import Band
from ..data.vector.samples import Samples
from ..data.vector.writers import write_rows, write_vector
from ..runtime.run import Run
from ..runtime.types import Array, Text
from ..targets.calibration import CalibrationInfo
from ..targets.dirichlet import mixture_moments
from ..targets.losses import Losses
from ..targets.map_correction import Correction
from ..targets.score_intervals import Difference, difference
from ..targets.scored_samples import ScoredSamples
from ..targets.share_target import MEAN, Answers, ScoreRow, TargetType
from ..validation.audit import Audit
from ..validation.knndm import KnndmFolds
from ..validation.splits import Split
from .applicability.residual_info import ResidualInfo
from .card import ApplicabilityInfo
from .history import History

RESERVED_FIELDS = {"row", "source", "weight", "region", "validation", "unit", "fold", "fid", "geometry", "geom"}
HERE = ("knndm", "blocks", "grouped")  # what stands for the map, the nearest to its cells' distances first
OF_MAP = ("knndm", "grouped")  # of them those that do not ask for more than the map does, as blocks do
MAP = "map"  # the model of rows that tell the score of the map, where the others are of its members
DIFFERENCE = ("difference", "difference_low", "difference_high")  # to the chosen model, in mean rows


@dataclass(frozen=True)
class ValidationResult:
    """One kind of validation: answers of models and baselines to samples that they had not seen.

    Parameters
    ----------
    kind : str
        Kind of validation.
    names : tuple of str
        Names of the splits.
    number : array, shape (sample,)
        Number of the split that tested each sample; -1 if none did.
    models : dict
        Answers by type of model, calibrated.
    chosen : str
        The model type of the run.
    unit : array of str, shape (sample,)
        What the folds kept whole.
    unit_name : str
        Plural of the units in words.
    distance : float, optional
        Median distance of tested samples to training ones, in metres.
    notes : list of str
        What is to be said of its folds.
    splits : sequence of Split
        What trained and what tested each member, in the order of `names`.
    """

    kind: str
    names: tuple[str, ...]
    number: NDArray[np.int64]
    models: dict[str, Answers]
    chosen: str
    unit: Text
    unit_name: str
    baselines: dict[str, Array] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    knndm_folds: KnndmFolds | None = None
    distance: float | None = None
    notes: list[str] = field(default_factory=list)
    splits: Sequence[Split] = ()

    @property
    def answers(self) -> Answers:
        """The answers of the chosen model."""
        return self.models[self.chosen]

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Which samples were tested."""
        return self.number >= 0

    def predicted(self, model: str) -> Array:
        """What a model or baseline predicted, shape (sample, component)."""
        return self.models[model].shares if model in self.models else self.baselines[model]

    @property
    def units(self) -> int:
        """How many units were tested."""
        return len(np.unique(self.unit[self.tested].astype(str)))


@dataclass(frozen=True)
class FewShotResult:
    """The worth of few labels.

    Parameters
    ----------
    rows : list of dict
        One per number of ``labels``, ``way`` of learning and ``split``, with the scores.
    note : str
        A sentence on the rows.
    gains : list of dict
        The gain in score by labels, one row per number of them, if the family measures it.
    verdict : str
        The same in words.
    """

    rows: list[ScoreRow]
    note: str
    gains: list[ScoreRow] = field(default_factory=list)
    verdict: str = ""


@dataclass(frozen=True)
class TrainingResults:
    """A finished training run: its main validations, and others for comparison.

    Parameters
    ----------
    mixture : dict
        Weight of each type of member in the stack; empty if there is no stack.
    block : array of str, shape (sample,), optional
        Block of each sample, where the family has blocks.
    in_sample : array, shape (sample, component), optional
        Predictions of samples by a model that was trained on them.
    map_distance : float, optional
        Median distance of the map's cells to samples, in metres.
    applicability : ApplicabilityInfo, optional
        Where the scores of the first validation hold.
    predicted_anew : bool
        Whether each fold predicted the labels of augmented samples itself.
    correction : Correction, optional
        What makes errors of the model's map other than those of its members under the first validation.
    backdrop : Band, optional
        What lies below maps of samples: the first band that was learned from.
    told : tuple of str
        Why these models learned, and what was left out, in sentences.
    """

    params: LearningParams
    title: str
    run: Run
    target_type: TargetType
    samples: Samples
    grid: Grid
    region: Text
    validations: list[ValidationResult]
    comparison: list[ValidationResult]
    calibration: CalibrationInfo
    audit: Audit
    mixture: dict[str, float]
    device: str
    curve: list[ScoreRow] = field(default_factory=list)
    search: list[ScoreRow] = field(default_factory=list)
    few: FewShotResult | None = None
    block: Text | None = None
    in_sample: Array | None = None
    map_distance: float | None = None
    applicability: ApplicabilityInfo | None = None
    predicted_anew: bool = False
    correction: Correction | None = None
    residuals: ResidualInfo | None = None
    backdrop: Band | None = None
    told: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> list[ScoreRow]:
        """One row per validation, model, part (``all``, fold or region) and component."""
        return [row for validation in (*self.validations, *self.comparison) for row in self._rows_of(validation)]

    def _rows_of(self, validation: ValidationResult) -> list[ScoreRow]:
        samples, target_type, rows = self.samples, self.target_type, []
        shares = {name: answers.shares for name, answers in validation.models.items()}
        if self.tells_map(validation):
            scored = replace(self._scored(validation, validation.answers.shares), correction=self.correction)
            labels = {"validation": validation.kind, "model": MAP, "part": "all"}
            rows += [{**labels, **row} for row in target_type.rows(scored)]
        for model, predicted in {**shares, **validation.baselines}.items():
            labels = {"validation": validation.kind, "model": model, "part": "all"}
            beside = self._difference_columns(validation, model)
            rows += [
                {**labels, **row, **(beside if row["component"] == MEAN else {})}
                for row in target_type.rows(self._scored(validation, predicted))
            ]
        for number, name in enumerate(validation.names):
            in_fold = validation.number == number
            labels = {"validation": validation.kind, "model": validation.chosen, "part": name}
            fold_rows = target_type.rows(self._scored(validation, validation.answers.shares).of(in_fold))
            rows += [{**labels, **row} for row in fold_rows if row["component"] in (*samples.components, MEAN)]
        return rows

    def tells_map(self, validation: ValidationResult) -> bool:
        """Whether it is known how the score of the map differs from that of a validation, which stands for it."""
        return self.correction is not None and validation is self.validations[0] and validation.kind in OF_MAP

    def _scored(self, validation: ValidationResult, predicted: Array) -> ScoredSamples:
        """The samples as one model or baseline of a validation predicted them."""
        return ScoredSamples(self.samples.shares, predicted, validation.unit, self.samples.design)

    def losses(self, validation: ValidationResult) -> Losses:
        """What the answers of the chosen model cost."""
        return self.target_type.losses(self._scored(validation, validation.answers.shares))

    def _difference_columns(self, validation: ValidationResult, model: str) -> ScoreRow:
        """The main score of a model or baseline minus that of the chosen one for the same samples, with its interval.

        They are columns of the mean row, empty for the chosen model itself.
        """
        both = validation.predicted(model), validation.answers.shares
        answered: NDArray[np.bool_] = np.all(np.isfinite(np.concatenate(both, 1)), axis=1)
        found = None
        if model != validation.chosen and answered.any():
            of_model, of_chosen = (
                self.target_type.jackknifed(self._scored(validation, predicted).of(answered)) for predicted in both
            )
            found = difference(of_model, of_chosen)
        return dict(zip(DIFFERENCE, found or (None, None, None), strict=True))

    def difference(self, validation: ValidationResult, model: str) -> Difference | None:
        """The main score of a model or baseline minus that of the chosen one; None if one is not defined."""
        value, low, high = (self.mean_row(validation, model)[name] for name in DIFFERENCE)
        return None if value is None else Difference(value, low, high)

    def mean_row(self, validation: ValidationResult, model: str = "") -> ScoreRow:
        """The row of the mean over components of `model`, or of the chosen one."""
        key = (validation.kind, model or validation.chosen, "all", MEAN)
        return next(r for r in self.rows if (r["validation"], r["model"], r["part"], r["component"]) == key)

    def score_of(self, validation: ValidationResult, model: str = "") -> float | None:
        """The main score of `model`, or of the chosen one; None if it is not defined."""
        score: float | None = self.mean_row(validation, model)[self.target_type.score]
        return score

    def error_of(self, validation: ValidationResult, model: str = "") -> float | None:
        """The error that users should expect of `model`, or of the chosen one; None if it is not defined."""
        error: float | None = self.mean_row(validation, model)[self.target_type.error]
        return error


def overall(results: TrainingResults, validation: ValidationResult) -> list[ScoreRow]:
    """The rows of a validation over all of its folds."""
    return [row for row in results.rows if row["validation"] == validation.kind and row["part"] == "all"]


def fold_rows(results: TrainingResults, validation: ValidationResult) -> list[ScoreRow]:
    """The rows of a validation by fold or region."""
    return [row for row in results.rows if row["validation"] == validation.kind and row["part"] != "all"]


def tested_places(results: TrainingResults, validation: ValidationResult) -> pd.DataFrame:
    """Place and split of each sample."""
    xy, names = results.samples.xy, np.array([*validation.names, ""], object)
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "split": names[validation.number]})


def stacked(
    models: Mapping[str, Answers], number: NDArray[np.int64], samples: Samples, target_type: TargetType
) -> tuple[Answers, dict[str, float]]:
    """The answers of the mixture of all models, and its weights, as `target_type` fits them.

    The weights of a split's samples are fitted to the answers of the other splits, so that the score
    of the stack is out of fold like those of its models.
    """
    tested, observed, weight = number >= 0, samples.shares, samples.design
    shares = np.full_like(observed, np.nan)
    concentration = np.full(len(observed), np.nan)
    answers = list(models.values())
    for split in np.unique(number[tested]):
        in_split = number == split
        other_splits = tested & ~in_split
        fitted = other_splits if other_splits.any() else in_split
        weights = target_type.stack([a.shares[fitted] for a in answers], observed[fitted], weight[fitted])
        shares[in_split], concentration[in_split] = mixture_moments(
            [a.shares[in_split] for a in answers], [a.concentration[in_split] for a in answers], weights
        )
    weights = target_type.stack([a.shares[tested] for a in answers], observed[tested], weight[tested])
    return Answers(shares, concentration), dict(zip(models, map(float, weights), strict=True))


def write_scores(results: TrainingResults) -> None:
    """Write the table of scores and the layer of predictions, where they are wanted."""
    params = results.params
    write_rows(results.rows, params.scores)
    if params.predictions:
        write_vector(_predictions(results), params.predictions)


def check_component_names(components: Sequence[str]) -> None:
    """Raise `RegionwiseError` if a component has the name of a field that the predictions layer adds."""
    clash = [name for name in components if name.lower() in RESERVED_FIELDS]
    if clash:
        raise RegionwiseError(f"Target field '{clash[0]}' has a name that the outputs need.", "Rename the field.")


def prediction_fields(fields: Sequence[str], kinds: Sequence[str]) -> dict[str, list[str]]:
    """The fields that the predictions layer has for each kind of validation: the fold, then `fields`.

    The kind is part of the name where there are several.
    """
    names = ("fold", *fields)
    return {kind: [name if len(kinds) == 1 else f"{name}_{kind}" for name in names] for kind in kinds}


def _predictions(results: TrainingResults) -> pd.DataFrame:
    """One feature per observed sample, or one row: its labels, the predictions, and the fold that tested it."""
    samples, target_type = results.samples, results.target_type
    columns: dict[str, NDArray[Any] | str] = {
        "row": samples.row,
        "source": samples.group.astype(str),
        "weight": samples.weight,
        **({"design": samples.design} if np.ptp(samples.design) else {}),
    }
    columns |= {
        "region": results.region.astype(str),
        "validation": ", ".join(validation.kind for validation in results.validations),
    }
    columns |= target_type.observed(samples)
    kinds = [validation.kind for validation in results.validations]
    fields = prediction_fields(target_type.fields, kinds)
    for validation in results.validations:
        names = np.array([*validation.names, ""], object)
        values = [names[validation.number], *target_type.prediction_columns(validation.answers)]
        columns |= dict(zip(fields[validation.kind], values, strict=True))
        unit = "unit" if len(kinds) == 1 else f"unit_{validation.kind}"
        columns[unit] = np.where(validation.tested, validation.unit.astype(str), "")
    frame = pd.DataFrame(columns)
    if samples.placed:
        frame = gpd.GeoDataFrame(frame, geometry=samples.geometry.to_numpy(), crs=results.grid.crs.to_wkt())
    return frame[~samples.augmented].reset_index(drop=True)
