"""Studies: the learning curve, and what a search for rates tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data.vector.samples import Samples
from ..runtime.checkpoints import Arrays
from ..runtime.files import atomic
from ..targets.metrics import composition_scores
from ..validation.splits import Split, fraction_of
from .contracts import FittedMember, Learner, load_fitted
from .cross_validation import Fit, Trainer, fit_name
from .search import HyperParameterSearch
from .training_results import FewShotResult

TUNED, FRESH = "from the start model", "from nothing"
FEW_WEIGHT = 0.1  # in the clock of learning a few labels


@dataclass(frozen=True)
class CurveOptions:
    """What a learning curve tries: fractions of the training samples, each so often; it is kept as the table `path`."""

    fractions: Sequence[float]
    repeats: int
    seed: int
    path: str = ""


def tried(
    searched: HyperParameterSearch, label: str, splits: Sequence[Split], trainer: Trainer
) -> list[dict[str, Any]]:
    """The validation score of each pair of rates on each split, of this run or one that it resumed."""
    rows = []
    for part, split in enumerate(splits):
        names = [name for name, _ in searched.trials(fit_name(label, searched.type, part))]
        for name, (rate, decay) in zip(names, searched.pairs, strict=True):
            fitted = load_fitted(trainer.checkpoints, name)
            if fitted is not None:
                rows.append(
                    {
                        "split": split.name,
                        "learning_rate": rate,
                        "weight_decay": decay,
                        "validation_r2": fitted.history.best_score,
                    }
                )
    return rows


def study_few(
    counts: Sequence[int],
    learner: Learner | HyperParameterSearch,
    start: Sequence[Arrays],
    splits: Sequence[Split],
    samples: Samples,
    trainer: Trainer,
    seed: int,
) -> FewShotResult:
    """The scores of learners that get few labels: fine-tuned from a start, and from nothing.

    The labels are drawn from the training part of each split; they train, and choose the best epoch, for
    there are no others. The test part stays whole.
    """
    about: list[dict[str, Any]] = []
    fits: list[Fit] = []
    for count in counts:
        for number, split in enumerate(splits):
            known = np.concatenate([split.train, split.validation])
            known = known[~samples.augmented[known]]
            rng = np.random.default_rng((seed, count, number))
            few = np.sort(rng.choice(known, min(count, len(known)), replace=False))
            for way, tensors in ((TUNED, start[number % len(start)]), (FRESH, None)):
                about.append({"labels": count, "way": way, "split": split.name})
                label = f"few-{count}-{way.replace(' ', '-')}"
                name, title = fit_name(label, learner.type, number), f"{count} labels, {way}, {split.name}"
                fits.append(Fit(learner, Split(split.name, few, few, split.test), name, title, FEW_WEIGHT, tensors))
    rows = []
    for row, fit, fitted in zip(about, fits, trainer.train(fits), strict=True):
        test = fit.split.test
        found = composition_scores(samples.shares[test], fitted.shares, samples.components, samples.group[test])
        rows += [{**row, "component": s.component, "r2": s.r2, "rmse": s.rmse} for s in found]
    note = "Mean over folds, each tested on all of its samples; bars: the folds. The labels are the only ones known."
    return FewShotResult(rows, note)


def study_fractions(
    options: CurveOptions,
    learner: Learner | HyperParameterSearch,
    splits: Sequence[Split],
    samples: Samples,
    trainer: Trainer,
    weight: float,
) -> list[dict[str, Any]]:
    """The scores of each fraction, repeat, split and component; the table grows on disk as runs finish.

    Training and validation part shrink alike; the test part stays whole. Repeats draw other groups.
    With several rates each run chooses by its own validation part.

    Parameters
    ----------
    weight : float
        Of one run in the clock.
    """
    about: list[dict[str, Any]] = []
    fits: list[Fit] = []
    for fraction in options.fractions:
        for repeat in range(options.repeats):
            for number, split in enumerate(splits):
                small = fraction_of(split, fraction, samples.group, options.seed + 1000 * repeat + number)
                label = f"curve-{fraction:g}-{repeat}-{number}"
                about.append(
                    {
                        "fraction": fraction,
                        "repeat": repeat + 1,
                        "split": split.name,
                        "train": len(small.train),
                        "validation": len(small.validation),
                    }
                )
                name, title = fit_name(label, learner.type, 0), f"{label} {split.name}"
                fits.append(Fit(learner, small, name, title, weight))
    rows: dict[int, list[dict[str, Any]]] = {}

    def table() -> list[dict[str, Any]]:
        return [row for number in sorted(rows) for row in rows[number]]

    def score(number: int, fitted: FittedMember) -> None:
        test = fits[number].split.test
        found = composition_scores(samples.shares[test], fitted.shares, samples.components, samples.group[test])
        rows[number] = [{**about[number], "component": s.component, "r2": s.r2, "rmse": s.rmse} for s in found]
        if options.path:
            with atomic(options.path) as part:
                pd.DataFrame(table()).to_csv(part, index=False)

    trainer.train(fits, score)
    return table()
