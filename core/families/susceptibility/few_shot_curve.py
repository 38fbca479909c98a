"""Few-shot curve: the worth of a few labels of a block that training has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...learning.training_results import FewShotResult
from ...runtime.types import Array, Index
from ...targets.binary_target import BinaryTarget
from ...targets.platt import calibrated_answers
from ...targets.score_intervals import Jackknifed, difference, mean_of
from ...targets.share_target import ScoreRow
from ...targets.unit_auc import jackknifed_auc
from ...validation.splits import Split

# number of the split, samples whose labels are known, and those to predict; returns probabilities (n, 2) by way
Predict = Callable[[int, Index, Index], Mapping[str, Array]]
# labels, their design, and probabilities by way, of the tested samples of a block
Tested = tuple[Array, Array, Mapping[str, Array]]
Draw = Sequence[Tested]

COUNTS = (1, 3, 5, 8, 16, 32)
REPEATS = 5
FEWEST_BLOCKS = 3  # that tell anything about unseen ones
GAIN = ("gain", "low", "high")
TOLERANCE = 0.003  # of the AUC, by which labels may make answers worse without a word


@dataclass(frozen=True)
class StudiedSamples:
    """Samples that lie in blocks.

    Parameters
    ----------
    block : array of int, shape (sample,)
        -1 outside of all.
    truth : array, shape (sample,)
        1 for an event, 0 for none.
    group : array, shape (sample,)
        Samples of one group are never known and tested at once.
    design : array, shape (sample,)
        How much each counts in a score, see `samples.Samples`.
    """

    block: Index
    truth: Array
    group: NDArray[Any]
    design: Array


@dataclass(frozen=True)
class FewShotPredictors:
    """Ways to predict the samples of an unseen block when a few of its labels are known.

    Parameters
    ----------
    adapted, pooled : str
        The way that uses the labels, and that which does without; the gain is the difference of their AUC.
    factors : dict
        By way, power and offset of Platt scaling, see `BinaryTarget.factors`: two numbers of all labels, which
        hardly know those of a block. Ways without any answer as they are, as simple models do in all tables.
    """

    predict: Predict
    adapted: str
    pooled: str
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def calibrated(self, split: int, known: Index, tested: Index) -> dict[str, Array]:
        """The probabilities by way, as a map of the model has them."""
        answers = self.predict(split, known, tested)
        return {way: calibrated_answers(shares, self.factors.get(way, {})) for way, shares in answers.items()}


class UnseenBlock(NamedTuple):
    """The number of a split, and the samples of a block that it tests."""

    split: int
    samples: Index


def unseen_blocks(splits: Sequence[Split], block: Index) -> list[UnseenBlock]:
    """The blocks of which no sample trains where it is tested.

    Parameters
    ----------
    block : array of int, shape (sample,)
        -1 outside of all.
    """
    unseen = []
    for number, split in enumerate(splits):
        seen = set(block[np.concatenate([split.train, split.validation])].tolist()) | {-1}
        unseen += [
            UnseenBlock(number, split.test[block[split.test] == name])
            for name in np.unique(block[split.test]).tolist()
            if name not in seen
        ]
    return unseen


def study_shots(
    splits: Sequence[Split],
    samples: StudiedSamples,
    predictors: FewShotPredictors,
    target_type: BinaryTarget,
    seed: int,
) -> FewShotResult | None:
    """The scores in unseen blocks when so many of their labels are known; None if there are too few blocks.

    Half of a block's groups, drawn at random and repeatedly, is tested; of the others labels are taken. Predictions
    of all blocks are scored together.
    """
    unseen = unseen_blocks(splits, samples.block)
    names = (predictors.adapted, predictors.pooled)
    rows: list[ScoreRow] = []
    gains: list[ScoreRow] = []
    for count in COUNTS:
        blocks = [block for block in unseen if len(block.samples) >= 2 * count]
        if len(blocks) < FEWEST_BLOCKS:
            continue
        draws = []
        for repeat in range(REPEATS):
            draw: list[Tested] = []
            for block in blocks:
                known, tested = _divided(block.samples, samples.group, (seed, repeat))
                probabilities = predictors.calibrated(block.split, known[:count], tested)
                shown = {way: target_type.shown(shares) for way, shares in probabilities.items()}
                draw.append((samples.truth[tested], samples.design[tested], shown))
            draws.append(draw)
            rows += _score_rows(draw, target_type, count, f"repeat {repeat + 1}")
        gains.append({"labels": count, "blocks": len(blocks), **_gain(draws, names)})
    if not rows:
        return None
    note = (
        f"Blocks of which no sample had trained, {REPEATS} draws of labels; bars: the draws. Labels of a block lie "
        "near the places that are asked there, so this tells how a block is filled in, not how one without labels is "
        "answered. Models are calibrated as for their maps; labels alone answer as they are."
    )
    return FewShotResult(rows, note, gains, _verdict(gains, names))


def _divided(samples: Index, group: NDArray[Any], seed: tuple[int, ...]) -> tuple[Index, Index]:
    """The samples of a block whose labels may be known, in random order, and those that are tested."""
    rng = np.random.default_rng((*seed, int(samples[0])))
    _, number = np.unique(group[samples].astype(str), return_inverse=True)
    order = rng.permutation(number.max() + 1)[number].argsort(kind="stable")  # groups one after another
    half = len(order) // 2
    while half < len(order) - 1 and number[order[half]] == number[order[half - 1]]:
        half += 1  # a group is known or tested as a whole
    known, tested = samples[order[:half]], samples[order[half:]]
    return rng.permutation(known), tested


def _score_rows(draw: Draw, target_type: BinaryTarget, count: int, split: str) -> list[ScoreRow]:
    """AUC and Brier score of each way with `count` labels, over all blocks."""
    rows = []
    for way in draw[0][2]:
        truth, probability, design = _joined(draw, way)
        scores = target_type.scores(truth, probability, design)
        labels = {"labels": count, "way": way, "split": split, "component": "mean"}
        rows.append({**labels, "auc": scores["auc"], "brier": scores["brier"]})
    return rows


def _joined(draw: Draw, way: str) -> tuple[Array, Array, Array]:
    """Labels, probabilities and design of all blocks."""
    truth, design = (np.concatenate([tested[i] for tested in draw]) for i in (0, 1))
    return truth, np.concatenate([ways[way] for *_, ways in draw]), design


def _gain(draws: Sequence[Draw], names: tuple[str, str]) -> ScoreRow:
    """The mean gain in AUC over draws of labels, and its interval over blocks."""
    adapted, pooled = (mean_of([_auc_by_block(draw, name) for draw in draws]) for name in names)
    found = difference(adapted, pooled)
    return dict(zip(GAIN, found or (None, None, None), strict=True))


def _auc_by_block(draw: Draw, way: str) -> Jackknifed:
    """The AUC of a way over all blocks, and what it is without each of them."""
    truth, probability, design = _joined(draw, way)
    block = np.repeat(np.arange(len(draw)), [len(of_block) for of_block, *_ in draw]).astype(object)
    return jackknifed_auc(truth, probability, block, design)


def _verdict(gains: Sequence[Mapping[str, Any]], names: tuple[str, str]) -> str:
    """A sentence on the numbers of labels with which it is worth while to adapt."""
    known = [row for row in gains if row["gain"] is not None]
    worse = [
        f"{row['labels']} ({_gain_text(row)} in {row['blocks']} blocks)" for row in known if row["gain"] < -TOLERANCE
    ]
    better = [str(row["labels"]) for row in known if row["low"] is not None and row["low"] > 0]
    parts = []
    if better:
        parts.append(f"With {', '.join(better)} labels '{names[0]}' is better than '{names[1]}' beyond chance.")
    if worse:
        parts.append(f"'{names[0]}' is worse than '{names[1]}' in the mean with these labels: {', '.join(worse)}.")
    if not any(row["low"] is not None for row in known):
        parts.append(f"Blocks are too few to tell whether '{names[0]}' is better than '{names[1]}' beyond chance.")
    return " ".join(parts) or f"'{names[0]}' is neither better nor worse than '{names[1]}' beyond chance."


def _gain_text(row: Mapping[str, Any]) -> str:
    """A gain with its interval, where it has one."""
    return f"{row['gain']:+.3f}" + ("" if row["low"] is None else f" [{row['low']:+.3f}, {row['high']:+.3f}]")
