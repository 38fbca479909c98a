"""Few shots: what a few labels of a block that training has not seen are worth there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...learning.training_results import FewShotResult
from ...targets.binary_target import BinaryTarget, auc
from ...targets.metrics import LEVEL
from ...validation.splits import Split

Array = NDArray[np.float64]
Index = NDArray[np.int64]
# number of the split, samples whose labels are known, and those that are asked; returns answers (n, 2) of each way
Answer = Callable[[int, Index, Index], Mapping[str, Array]]

COUNTS = (1, 3, 5, 8, 16, 32)
REPEATS = 5
FEWEST_BLOCKS = 3  # that tell anything about unseen ones
DRAWS = 200  # of blocks, for intervals
TOLERANCE = 0.003  # of the AUC, by which labels may make answers worse without a word


def unseen_blocks(splits: Sequence[Split], block: Index) -> list[tuple[int, Index]]:
    """Number of the split and samples of each block of which no sample trains where it is tested.

    Parameters
    ----------
    block : array of int, shape (sample,)
        -1 outside of all.
    """
    found = []
    for number, split in enumerate(splits):
        known = set(block[np.concatenate([split.train, split.validation])].tolist()) | {-1}
        found += [
            (number, split.test[block[split.test] == name])
            for name in np.unique(block[split.test]).tolist()
            if name not in known
        ]
    return found


def study_shots(
    splits: Sequence[Split],
    block: Index,
    truth: Array,
    source: NDArray[Any],
    answer: Answer,
    target_type: BinaryTarget,
    names: tuple[str, str],
    seed: int,
) -> FewShotResult | None:
    """The scores in unseen blocks when so many of their labels are known; None if there are too few blocks.

    Half of a block's sources, drawn at random and repeatedly, is asked; of the others labels are taken. Answers
    of all blocks are scored together.

    Parameters
    ----------
    names : (adapted, pooled)
        The way that uses the labels, and that which does without; the gain is the difference of their AUC.
    """
    unseen = unseen_blocks(splits, block)
    rows: list[dict[str, Any]] = []
    gains: list[dict[str, Any]] = []
    for count in COUNTS:
        own = [(number, samples) for number, samples in unseen if len(samples) >= 2 * count]
        if len(own) < FEWEST_BLOCKS:
            continue
        runs = []
        for repeat in range(REPEATS):
            told = [_spec(number, samples, source, count, (seed, repeat), answer) for number, samples in own]
            runs.append(
                [(truth[spec], {way: target_type.shown(found) for way, found in ways.items()}) for spec, ways in told]
            )
            for way in runs[-1][0][1]:
                everyone, found = _joined(runs[-1], way)
                scores = target_type.scores(everyone, found)
                rows.append(
                    {
                        "labels": count,
                        "way": way,
                        "split": f"repeat {repeat + 1}",
                        "component": "mean",
                        "auc": scores["auc"],
                        "brier": scores["brier"],
                    }
                )
        gains.append({"labels": count, "blocks": len(own), **_gain(runs, names, seed)})
    if not rows:
        return None
    note = (
        f"Blocks of which no sample had trained, {REPEATS} draws of labels; bars: the draws. Labels of a block lie "
        "near the places that are asked there, so this tells how a block is filled in, not how one without labels is "
        "answered."
    )
    return FewShotResult(rows, note, gains, _verdict(gains, names))


def _spec(
    number: int, samples: Index, source: NDArray[Any], count: int, seed: tuple[int, ...], answer: Answer
) -> tuple[Index, Mapping[str, Array]]:
    """The samples of a block that are asked, and what each way answers."""
    rng = np.random.default_rng((*seed, int(samples[0])))
    _, each = np.unique(source[samples].astype(str), return_inverse=True)
    order = rng.permutation(each.max() + 1)[each].argsort(kind="stable")  # sources one after another
    half = len(order) // 2
    while half < len(order) - 1 and each[order[half]] == each[order[half - 1]]:
        half += 1  # one is told or asked as a whole
    known, spec = samples[order[:half]], samples[order[half:]]
    return spec, answer(number, rng.permutation(known)[:count], spec)


Run = Sequence[tuple[Array, Mapping[str, Array]]]  # labels and answers of each block


def _joined(run: Run, way: str, chosen: Index | None = None) -> tuple[Array, Array]:
    """Labels and answers of all blocks, or of the chosen ones."""
    kept = [run[i] for i in (range(len(run)) if chosen is None else chosen)]
    return np.concatenate([truth for truth, _ in kept]), np.concatenate([ways[way] for _, ways in kept])


def _gain(runs: Sequence[Run], names: tuple[str, str], seed: int) -> dict[str, float]:
    """The mean gain in AUC, and its interval over draws of labels and of blocks."""
    rng = np.random.default_rng(seed)
    gain = np.mean([auc(*_joined(run, names[0])) - auc(*_joined(run, names[1])) for run in runs])
    drawn = []
    for number in range(DRAWS):
        run, chosen = runs[number % len(runs)], rng.integers(0, len(runs[0]), len(runs[0]))
        drawn.append(auc(*_joined(run, names[0], chosen)) - auc(*_joined(run, names[1], chosen)))
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"gain": float(gain), "low": float(low), "high": float(high)}


def _verdict(gains: Sequence[Mapping[str, Any]], names: tuple[str, str]) -> str:
    """In words with how many labels it is worth while to adapt."""
    worse = [
        f"{row['labels']} ({row['gain']:+.3f} in {row['blocks']} blocks)" for row in gains if row["gain"] < -TOLERANCE
    ]
    better = [str(row["labels"]) for row in gains if row["low"] > 0]
    parts = []
    if better:
        parts.append(f"With {', '.join(better)} labels '{names[0]}' is better than '{names[1]}' beyond chance.")
    if worse:
        parts.append(f"'{names[0]}' is worse than '{names[1]}' in the mean with these labels: {', '.join(worse)}.")
    return " ".join(parts) or f"'{names[0]}' is neither better nor worse than '{names[1]}' beyond chance."
