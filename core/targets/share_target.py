"""Target types: scores, calibration and output columns of labels of one kind, and those of shares themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Array, Text
from .calibration import CalibrationInfo, MeanCalibration
from .conformal import fit_conformal
from .dirichlet import factor_of, fit_factors
from .losses import Losses
from .map_correction import Correction, Harder, ShareCorrection
from .metrics import Score, composition_scores, composition_sums, r2_of_sums
from .score_intervals import Jackknifed, jackknifed
from .scored_samples import ScoredSamples
from .stacking import stack_weights

if TYPE_CHECKING:  # networks predict where tables cannot be read
    from ..data.vector.samples import Samples
    from .hierarchy import Levels

ScoreRow = dict[str, Any]  # of a table of scores: text, numbers, None for "not defined"; keys by kind of label

MEAN = "mean"  # the component of a row that averages all of them
PARENT_MEAN = "mean of parents"


@dataclass(frozen=True)
class Answers:
    """Out-of-fold predictions of one model: shares (sample, component), concentration (sample,); NaN if untested."""

    shares: Array
    concentration: Array

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which samples were tested."""
        return np.isfinite(self.concentration)


class TargetType(Protocol):
    """How labels of one kind are scored, calibrated and written.

    Attributes
    ----------
    kind : str
        ``shares``, ``classes`` or ``events``.
    score, error : str
        Columns of the rows: the main score, of which more is better, and the error that users should expect.
    score_name, error_name : str
        The same in words.
    recalibrated : bool
        Whether means of calibrated answers are calibrated again, as probabilities need it; the bands of shares have
        their widths from the answers themselves.
    """

    kind: str
    score: str
    score_name: str
    error: str
    error_name: str
    recalibrated: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of tables in a report."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the predicted columns, without the fold."""

    def rows(self, scored: ScoredSamples) -> list[ScoreRow]:
        """A row of scores per component, the mean, and further rows of the kind."""

    def losses(self, scored: ScoredSamples) -> Losses:
        """What each prediction costs; NaN where none was made."""

    def jackknifed(self, scored: ScoredSamples) -> Jackknifed:
        """The main score, and what it is without each unit."""

    def factors(self, answers: Answers, samples: Samples, region: Text) -> dict[str, float]:
        """The factors that calibrate answers, by region; under the empty name that of all."""

    def calibrated(self, answers: Answers, factors: dict[str, float], region: Text) -> Answers:
        """`answers` calibrated by `factors`."""

    def calibration(self, answers: Answers, samples: Samples, mean: MeanCalibration) -> CalibrationInfo:
        """The calibration in a model's card, besides the factors; `mean` is that of the mean of members."""

    def correction(self, answers: Array, weight: Array, mean: Array, harder: Harder | None) -> Correction | None:
        """What makes scores of a map other than those of members, see `map_correction`; None where it is not known.

        Parameters
        ----------
        answers : array, shape (member, place, component)
            Of members, each tested by itself, at places of the map.
        weight : array, shape (member,)
        mean : array, shape (place, component)
            What the map shows there.
        harder : Harder, optional
            Where it is known.
        """

    def stack(self, shares: Sequence[Array], observed: Array, weight: Array) -> Array:
        """The weights of models, shape (model,), from predictions of samples that they had not seen.

        Parameters
        ----------
        weight : array, shape (sample,)
            How much each sample counts.
        """

    def observed(self, samples: Samples) -> dict[str, NDArray[Any]]:
        """The observed labels by column, each of shape (sample,)."""

    def prediction_columns(self, answers: Answers) -> list[NDArray[Any]]:
        """The values of `fields`, each of shape (sample,)."""

    def numbers(self, kind: str, row: ScoreRow) -> dict[str, float]:
        """The results of a run from the mean row of one kind of validation."""


@dataclass(frozen=True)
class ShareTarget:
    """Shares that sum to 1 as a target: R2 at the 1:1 line, and concentrations of Dirichlet distributions."""

    levels: Levels

    kind = "shares"
    score, score_name = "r2", "mean R²"
    error, error_name = "rmse", "an error (RMSE of a share)"
    recalibrated = False
    columns = (
        "model",
        "part",
        "component",
        "n",
        "units",
        "r2",
        "low",
        "high",
        "rmse",
        "rmse_low",
        "rmse_high",
        "mae",
        "bias",
        "slope",
    )

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the predicted columns, without the fold."""
        return (*share_fields(self.levels.children), *(f"{name}_pred" for name in self.levels.parents))

    def rows(self, scored: ScoredSamples) -> list[ScoreRow]:
        """A row per component, their mean, and the same of coarser classes."""
        scores = composition_scores(scored, self.levels.children)
        return [score.row() for score in (*scores, *self._parents(scored))]

    def losses(self, scored: ScoredSamples) -> Losses:
        """The squared error of each sample, averaged over components."""
        loss = ((scored.predicted - scored.observed) ** 2).mean(1)
        return Losses(loss, scored.weight, "RMSE of a share", rooted=True)

    def jackknifed(self, scored: ScoredSamples) -> Jackknifed:
        """The mean R2, and what it is without each unit."""
        return jackknifed(composition_sums(scored.known()), r2_of_sums)[-1]

    def _parents(self, scored: ScoredSamples) -> Sequence[Score]:
        names = list(self.levels.parents)
        if not names:
            return ()
        scores = composition_scores(scored.of_components(self.levels.parent_matrix()), names)
        return [*scores[:-1], replace(scores[-1], component=PARENT_MEAN)]

    def factors(self, answers: Answers, samples: Samples, region: Text) -> dict[str, float]:
        """The factors by which concentrations must be multiplied, by region."""
        tested = answers.known
        return fit_factors(
            answers.shares[tested], answers.concentration[tested], samples.shares[tested], region[tested]
        )

    def calibrated(self, answers: Answers, factors: dict[str, float], region: Text) -> Answers:
        """`answers` with each concentration multiplied by the factor of its region."""
        return Answers(answers.shares, answers.concentration * factor_of(factors, region))

    def calibration(self, answers: Answers, samples: Samples, mean: MeanCalibration) -> CalibrationInfo:
        """The conformal quantiles of out-of-fold answers, for parents, too."""
        tested = answers.known
        shares, observed = self.levels.of(answers.shares[tested]), self.levels.of(samples.shares[tested])
        source = samples.group[tested]
        conformal = fit_conformal(shares, answers.concentration[tested], observed, self.levels.names, source)
        return CalibrationInfo(conformal=conformal.marginal, joint=conformal.joint, mean=mean)

    def correction(self, answers: Array, weight: Array, mean: Array, harder: Harder | None) -> Correction | None:
        """What makes scores of a map other than those of members."""
        return ShareCorrection.of(answers, weight, harder)

    def stack(self, shares: Sequence[Array], observed: Array, weight: Array) -> Array:
        """The weights of the mean that comes nearest to the observed shares."""
        return stack_weights(shares, observed, weight)

    def observed(self, samples: Samples) -> dict[str, NDArray[Any]]:
        """The observed shares by component."""
        return dict(zip(samples.components, samples.shares.T, strict=True))

    def prediction_columns(self, answers: Answers) -> list[NDArray[Any]]:
        """The values of `fields`, each of shape (sample,)."""
        return [*answers.shares.T, answers.concentration, *self.levels.of_parents(answers.shares).T]

    def numbers(self, kind: str, row: ScoreRow) -> dict[str, float]:
        """The mean R2, of one kind of validation and as that of the run."""
        value = row[self.score]
        return {} if value is None else {f"R2_{kind.upper()}": value, "R2_MEAN": value}


def share_fields(components: Sequence[str]) -> tuple[str, ...]:
    """The fields that predictions of shares have, besides the fold."""
    return (*(f"{component}_pred" for component in components), "conc")
