"""Giveaways: features that alone tell the labels of samples, or how these were chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..data.vector.samples import Samples
from ..runtime.types import Array
from .findings import FEW, Finding

Flags = NDArray[np.bool_]

GIVEAWAY_R2 = 0.95  # of a component from one feature alone
GIVEAWAY_AUC = 0.9  # of telling weak labels from trusted ones
PURE = 1 - 1e-6  # share from which on a sample is of one component


def selected_by_one(samples: Samples, features: Mapping[str, Array]) -> list[Finding]:
    """A finding for each feature that alone tells weak labels from trusted ones of the same kind.

    Weak labels that were chosen by a feature teach that feature: the score of a model that sees it, against such
    labels, is the score of the choice.
    """
    findings = []
    for number, component in enumerate(samples.components):
        pure = samples.shares[:, number] > PURE
        weak, trusted = pure & samples.augmented, pure & ~samples.augmented
        if min(weak.sum(), trusted.sum()) < FEW:
            continue
        for name, values in features.items():
            known = np.isfinite(values) & pure
            distance = np.abs(values - np.median(values[known])) if known.any() else values
            best = max(_auc(column[known], samples.augmented[known]) for column in (values, -values, distance))
            if best >= GIVEAWAY_AUC:
                findings.append(
                    Finding(
                        "weak labels",
                        f"'{name}' alone tells the {weak.sum()} weak labels of '{component}' from the "
                        f"{trusted.sum()} trusted ones (AUC {best:.3f}): they were chosen by it, or by something like "
                        f"it, and teach little else. Leave out '{name}', or these labels.",
                        weak,
                    )
                )
    return findings


def _auc(values: Array, flags: Flags) -> float:
    """The area under the ROC curve: the chance that a flagged value is larger than another; ties count half."""
    n, m = int(flags.sum()), int((~flags).sum())
    return float((rankdata(values)[flags].sum() - n * (n + 1) / 2) / (n * m)) if n and m else 0.5


def giveaways(samples: Samples, name: str, values: Array) -> list[Finding]:
    """A finding for each component that the attribute `name` alone tells, better than any measurement does."""
    return [
        Finding(
            "giveaway",
            f"'{name}' alone tells '{component}' with R² {score:.3f}: it seems to be made from the label. Leave it "
            "out.",
            flags,
        )
        for component, score, flags in _told_by(samples, values)
    ]


def telling_bands(samples: Samples, bands: Mapping[str, Array]) -> list[Finding]:
    """A notice for each component that a band of rasters alone tells.

    An image may well tell an easy class, so nothing is ordered; but a raster may be a map that was made from labels.
    """
    found: dict[str, list[tuple[float, str]]] = {}
    concerned: dict[str, Flags] = {}
    for name, values in bands.items():
        for component, score, flags in _told_by(samples, values):
            found.setdefault(component, []).append((score, name))
            concerned[component] = flags
    return [
        Finding(
            "telling band",
            f"{_listing(scores)} alone tells '{component}' (R² {max(scores)[0]:.3f}). That is fine if the class is "
            "easy to see in an image; if the band is a map, see to it that it was not made from these labels.",
            concerned[component],
            problem=False,
        )
        for component, scores in found.items()
    ]


def constant_bands(samples: Samples, bands: Mapping[str, Array]) -> list[Finding]:
    """A notice of bands that have one value at all samples; they are kept, and tell nothing."""
    names = [
        f"'{name}'"
        for name, values in bands.items()
        if np.isfinite(values).any() and np.nanmin(values) == np.nanmax(values)
    ]
    if not names:
        return []
    text = (
        f"One value at all samples: {', '.join(names)}. They are kept and tell nothing; leave out those that have "
        "other values elsewhere, for networks have not learned what these mean."
    )
    return [Finding("constant bands", text, np.ones(len(samples), bool), problem=False)]


def _listing(scores: Sequence[tuple[float, str]]) -> str:
    """The band that tells most, and how many others do."""
    names = [f"'{name}'" for _, name in sorted(scores, key=lambda pair: -pair[0])]
    more = f" (as do {len(names) - 1} other bands)" if len(names) > 1 else ""
    return f"{names[0]}{more}"


def _told_by(samples: Samples, values: Array) -> Iterator[tuple[str, float, Flags]]:
    """Yield each component that `values` alone tell, the R² between groups, and the samples concerned."""
    observed = np.flatnonzero(~samples.augmented & np.isfinite(values))
    _, group = np.unique(samples.group[observed].astype(str), return_inverse=True)
    count = np.bincount(group)
    if len(count) < FEW:
        return
    flags = np.zeros(len(samples), bool)
    flags[observed] = True
    mean = np.bincount(group, values[observed]) / count
    for i, component in enumerate(samples.components):
        score = _r2_of_neighbours(mean, np.bincount(group, samples.shares[observed, i]) / count)
        if score > GIVEAWAY_R2:
            yield component, score, flags


def _r2_of_neighbours(feature: Array, label: Array) -> float:
    """The R² of predicting each label by the mean of its two neighbours in the order of the feature."""
    if len(np.unique(feature)) < FEW or not label.var() > 0:
        return -1.0
    ordered = label[np.argsort(feature, kind="stable")]
    prediction = (ordered[:-2] + ordered[2:]) / 2
    return float(1 - ((ordered[1:-1] - prediction) ** 2).mean() / label.var())
