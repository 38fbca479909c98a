"""What a training run found: scores, predictions and files, the same for every family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError
from ..contract.params import LearningParams
from ..data.raster.grids import Grid
from ..data.vector.samples import Samples
from ..data.vector.writers import write_vector
from ..runtime.files import atomic
from ..runtime.run import Run
from ..targets.dirichlet import mixture_moments
from ..targets.share_target import MEAN, Answers, TargetType
from ..validation.audit import Audit
from ..validation.knndm import KnndmFolds
from .history import History

Array = NDArray[np.float64]
Text = NDArray[np.object_]

OWN_FIELDS = {"row", "source", "weight", "region", "validation", "fid", "geometry", "geom"}


@dataclass(frozen=True)
class Calibration:
    """Factors by model and region that calibrate answers, and what else the kind of label needs; see `measures`."""

    factors: dict[str, dict[str, float]]
    more: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """It as the model's card keeps it."""
        return {"factors": self.factors, **self.more}


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
        Which split tested each sample; -1 if none did.
    models : dict
        Answers by type of model, calibrated.
    chosen : str
        The type that the run was asked for.
    """

    kind: str
    names: tuple[str, ...]
    number: NDArray[np.int64]
    models: dict[str, Answers]
    chosen: str
    baselines: dict[str, Array] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    knndm_folds: KnndmFolds | None = None

    @property
    def answers(self) -> Answers:
        """The answers of the chosen model."""
        return self.models[self.chosen]

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Which samples were tested."""
        return self.number >= 0


@dataclass(frozen=True)
class FewShotResult:
    """What few labels are worth.

    Parameters
    ----------
    rows : list of dict
        One per number of ``labels``, ``way`` of learning and ``split``, with the scores.
    note : str
        What they are.
    gains : list of dict
        What labels add to the score, one row per number of them, if that was asked.
    verdict : str
        The same in words.
    """

    rows: list[dict[str, Any]]
    note: str
    gains: list[dict[str, Any]] = field(default_factory=list)
    verdict: str = ""


@dataclass(frozen=True)
class TrainingResults:
    """A finished training run: its main validations, and others beside them for comparison."""

    params: LearningParams
    title: str
    run: Run
    target_type: TargetType
    samples: Samples
    grid: Grid
    region: Text
    parts: list[ValidationResult]
    comparison: list[ValidationResult]
    calibration: Calibration
    audit: Audit
    mixture: dict[str, float]
    device: str
    curve: list[dict[str, Any]] = field(default_factory=list)
    search: list[dict[str, Any]] = field(default_factory=list)
    few: FewShotResult | None = None
    block: Text | None = None  # of each sample, where the family has any
    in_sample: Array | None = None  # what the model answers for the samples that it learned

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One row per validation, model, part (``all``, fold or region) and component."""
        return [row for part in (*self.parts, *self.comparison) for row in self._part_rows(part)]

    def _part_rows(self, part: ValidationResult) -> list[dict[str, Any]]:
        samples, target_type, rows = self.samples, self.target_type, []
        shares = {name: answers.shares for name, answers in part.models.items()}
        for model, predicted in {**shares, **part.baselines}.items():
            labels = {"validation": part.kind, "model": model, "part": "all"}
            rows += [{**labels, **row} for row in target_type.rows(samples.shares, predicted, samples.group)]
        for number, name in enumerate(part.names):
            own = part.number == number
            labels = {"validation": part.kind, "model": part.chosen, "part": name}
            found = target_type.rows(samples.shares[own], part.answers.shares[own], samples.group[own])
            rows += [{**labels, **row} for row in found if row["component"] in (*samples.components, MEAN)]
        return rows

    def mean_row(self, part: ValidationResult, model: str = "") -> dict[str, Any]:
        """The row of the mean over components of `model`, or of the chosen one."""
        wanted = (part.kind, model or part.chosen, "all", MEAN)
        return next(r for r in self.rows if (r["validation"], r["model"], r["part"], r["component"]) == wanted)


def overall(results: TrainingResults, part: ValidationResult) -> list[dict[str, Any]]:
    """The rows of a validation over all of its folds."""
    return [row for row in results.rows if row["validation"] == part.kind and row["part"] == "all"]


def tested_places(results: TrainingResults, part: ValidationResult) -> pd.DataFrame:
    """Place and split of each sample."""
    xy, names = results.samples.xy, np.array([*part.names, ""], object)
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "split": names[part.number]})


def stacked(
    models: Mapping[str, Answers], number: NDArray[np.int64], observed: Array, target_type: TargetType
) -> tuple[Answers, dict[str, float]]:
    """The answers of the mixture of all models, and its weights, as `measure` learns them.

    The weights by which a split's samples are answered are learned on the other splits' answers, so
    that the score of the stack is out of fold like those of its parts.
    """
    tested = number >= 0
    shares = np.full_like(observed, np.nan)
    concentration = np.full(len(observed), np.nan)
    answers = list(models.values())
    for split in np.unique(number[tested]):
        own = number == split
        rest = tested & ~own
        learned = rest if rest.any() else own
        weights = target_type.stack([a.shares[learned] for a in answers], observed[learned])
        shares[own], concentration[own] = mixture_moments(
            [a.shares[own] for a in answers], [a.concentration[own] for a in answers], weights
        )
    weights = target_type.stack([a.shares[tested] for a in answers], observed[tested])
    return Answers(shares, concentration), dict(zip(models, map(float, weights), strict=True))


def write_scores(results: TrainingResults) -> None:
    """Write the table of scores and the layer of predictions, where they are wanted."""
    params = results.params
    if params.scores:
        with atomic(params.scores) as part:
            pd.DataFrame(results.rows).to_csv(part, index=False)
    if params.predictions:
        write_vector(_predictions(results), params.predictions)


def check_component_names(components: Sequence[str]) -> None:
    """Raise `RegionwiseError` if a component is called like a field that the predictions layer has itself."""
    clash = [name for name in components if name.lower() in OWN_FIELDS]
    if clash:
        raise RegionwiseError(f"Target field '{clash[0]}' has a name that the outputs need.", "Rename the field.")


def prediction_fields(fields: Sequence[str], kinds: Sequence[str]) -> dict[str, list[str]]:
    """The fields that the predictions layer has for each kind of validation: the fold, then `fields`.

    The kind is part of the name where there are several.
    """
    names = ("fold", *fields)
    return {kind: [name if len(kinds) == 1 else f"{name}_{kind}" for name in names] for kind in kinds}


def _predictions(results: TrainingResults) -> gpd.GeoDataFrame:
    """One feature per observed sample: what was observed, predicted, and by which fold."""
    samples, target_type = results.samples, results.target_type
    columns: dict[str, Any] = {"row": samples.row, "source": samples.group.astype(str), "weight": samples.weight}
    columns |= {"region": results.region.astype(str), "validation": ", ".join(part.kind for part in results.parts)}
    columns |= target_type.observed(samples)
    fields = prediction_fields(target_type.fields, [part.kind for part in results.parts])
    for part in results.parts:
        names = np.array([*part.names, ""], object)
        values = [names[part.number], *target_type.told(part.answers)]
        columns |= dict(zip(fields[part.kind], values, strict=True))
    frame = gpd.GeoDataFrame(columns, geometry=samples.geometry.to_numpy(), crs=results.grid.crs.to_wkt())
    return frame[~samples.augmented].reset_index(drop=True)
