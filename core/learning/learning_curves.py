"""Learning curves: scores by the number of training samples or labels, and by learning rate and weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.vector.samples import Samples
from ..data.vector.writers import write_rows
from ..runtime.checkpoints import Arrays
from ..targets.metrics import composition_scores
from ..targets.scored_samples import ScoredSamples
from ..targets.share_target import ScoreRow
from ..validation.splits import Split, fraction_of
from .contracts import FittedMember, Learner, load_fitted
from .cross_validation import Fit, Trainer, fit_name
from .search import HyperParameterSearch
from .training_results import FewShotResult

TUNED, FRESH = "from the start model", "from nothing"
FEW_WEIGHT = 0.1  # in the progress of a run, of a fit on a few labels


@dataclass(frozen=True)
class Study:
    """A learner that is studied: the splits of samples that it is trained on, and the trainer."""

    learner: Learner | HyperParameterSearch
    splits: Sequence[Split]
    samples: Samples
    trainer: Trainer

    def scores(self, split: Split, fitted: FittedMember) -> list[ScoreRow]:
        """R2 and RMSE of each component and their mean on the test samples of `split`."""
        samples, test = self.samples, split.test
        scored = ScoredSamples.alike(samples.shares[test], fitted.shares, samples.group[test])
        scores = composition_scores(scored, samples.components)
        return [{"component": score.component, "r2": score.r2, "rmse": score.rmse} for score in scores]


@dataclass(frozen=True)
class CurveOptions:
    """Points of a learning curve: fractions of the training samples, repeats of each; the table is kept at `path`."""

    fractions: Sequence[float]
    repeats: int
    seed: int
    path: str = ""


@dataclass(frozen=True)
class FewShotOptions:
    """Numbers of labels that are drawn, and the seed of the draws."""

    counts: Sequence[int]
    seed: int


def tried(search: HyperParameterSearch, label: str, splits: Sequence[Split], trainer: Trainer) -> list[ScoreRow]:
    """The validation score of each pair of rates on each split, of this run or one that it resumed."""
    rows = []
    for number, split in enumerate(splits):
        names = [name for name, _ in search.trials(fit_name(label, search.type, number))]
        for name, (rate, decay) in zip(names, search.pairs, strict=True):
            fitted = load_fitted(trainer.checkpoints, name)
            if fitted is not None:
                score = fitted.history.best_score
                rows.append({"split": split.name, "learning_rate": rate, "weight_decay": decay, "validation_r2": score})
    return rows


def study_few_shots(study: Study, options: FewShotOptions, start: Sequence[Arrays]) -> FewShotResult:
    """The scores of learners that get few labels: fine-tuned from a start, and from nothing.

    The labels are drawn from the training samples of each split; they train, and choose the best epoch, for
    there are no others. All test samples stay.
    """
    learner, samples = study.learner, study.samples
    labels: list[ScoreRow] = []
    fits: list[Fit] = []
    for count in options.counts:
        for number, split in enumerate(study.splits):
            known = np.concatenate([split.train, split.validation])
            known = known[~samples.augmented[known]]
            rng = np.random.default_rng((options.seed, count, number))
            drawn = np.sort(rng.choice(known, min(count, len(known)), replace=False))
            small = Split(split.name, drawn, drawn, split.test)
            for way, tensors in ((TUNED, start[number % len(start)]), (FRESH, None)):
                labels.append({"labels": count, "way": way, "split": split.name})
                name = fit_name(f"few-{count}-{way.replace(' ', '-')}", learner.type, number)
                fits.append(Fit(learner, small, name, f"{count} labels, {way}, {split.name}", FEW_WEIGHT, tensors))
    rows = [
        {**row, **scores}
        for row, fit, fitted in zip(labels, fits, study.trainer.train(fits), strict=True)
        for scores in study.scores(fit.split, fitted)
    ]
    note = "Mean over folds, each tested on all of its samples; bars: the folds. The labels are the only ones known."
    return FewShotResult(rows, note)


def study_fractions(study: Study, options: CurveOptions, weight: float) -> list[ScoreRow]:
    """The scores of each fraction, repeat, split and component; the table grows on disk as runs finish.

    Training and validation samples shrink alike; all test samples stay. Repeats draw other groups.
    With several rates each run chooses by its own validation samples.

    Parameters
    ----------
    weight : float
        Weight of one fit in the progress of the run.
    """
    labels, fits = _fraction_fits(study, options, weight)
    rows: dict[int, list[ScoreRow]] = {}

    def table() -> list[ScoreRow]:
        return [row for number in sorted(rows) for row in rows[number]]

    def add_scores(number: int, fitted: FittedMember) -> None:
        rows[number] = [{**labels[number], **scores} for scores in study.scores(fits[number].split, fitted)]
        write_rows(table(), options.path)

    study.trainer.train(fits, add_scores)
    return table()


def _fraction_fits(study: Study, options: CurveOptions, weight: float) -> tuple[list[ScoreRow], list[Fit]]:
    """The fits of a learning curve, and the labels of their rows."""
    labels: list[ScoreRow] = []
    fits: list[Fit] = []
    for fraction in options.fractions:
        for repeat in range(options.repeats):
            for number, split in enumerate(study.splits):
                small = fraction_of(split, fraction, study.samples.group, options.seed + 1000 * repeat + number)
                label = f"curve-{fraction:g}-{repeat}-{number}"
                counts = {"train": len(small.train), "validation": len(small.validation)}
                labels.append({"fraction": fraction, "repeat": repeat + 1, "split": split.name, **counts})
                name = fit_name(label, study.learner.type, 0)
                fits.append(Fit(study.learner, small, name, f"{label} {split.name}", weight))
    return labels, fits
