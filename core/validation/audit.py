"""Audit: what in a set of samples would make a score lie, found before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from ..contract.errors import RegionwiseError
from ..data.vector.samples import Samples
from .knndm import is_clustered

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int64]
Text = NDArray[np.object_]

REPEATED_SHARE = 0.05  # of label vectors, from which on ungrouped folds are refused
BROADCAST_SHARE = 0.2  # of samples whose nearest neighbour of another group bears the same label
NEIGHBOURS = 8  # among which one of another group is looked for
GIVEAWAY_R2 = 0.95  # of a component from one feature alone
GIVEAWAY_AUC = 0.9  # of telling weak labels from trusted ones
FEW = 30  # samples
PRESENT = 0.01  # share from which on a component counts as present
PURE = 1 - 1e-6


@dataclass(frozen=True)
class Finding:
    """One thing that was found: what was checked, in words, which samples; a problem or only a notice."""

    check: str
    text: str
    rows: Flags
    problem: bool = True


@dataclass(frozen=True)
class Audit:
    """All findings, and what the folds depend on.

    Parameters
    ----------
    repeated : float
        Share of label vectors that repeat another group's.
    broadcast : bool
        Whether it is neighbours who bear the same labels; labels that are rounded repeat anywhere.
    clustered : bool
        Whether samples lie nearer to each other than the map's cells lie to them.
    """

    findings: list[Finding]
    repeated: float
    broadcast: bool
    clustered: bool
    counts: list[dict[str, object]] = field(default_factory=list)

    def problems(self) -> list[Finding]:
        """The findings that make a score lie."""
        return [finding for finding in self.findings if finding.problem]


def audit_samples(
    samples: Samples,
    places: Array,
    area: Array,
    *,
    features: Mapping[str, Array] | None = None,
    fold: Text | None = None,
    region: Text | None = None,
) -> Audit:
    """Return what is suspicious about `samples`.

    Parameters
    ----------
    places, area : array, shape (sample or m, 2 or 3)
        Where samples and cells of the map are, see `distances.positions`.
    features : mapping
        Values per sample by name; one of them may give the label away.
    fold : array of str, optional
        Fold of each sample as the user cut them; empty for those that never test.
    region : array of str, optional
        Region of each sample.
    """
    repeated, share = repeated_labels(samples)
    broadcast = share > REPEATED_SHARE and _same_as_neighbour(samples, places) > BROADCAST_SHARE
    findings = [*_repeated(samples, repeated, share, broadcast), *_shared_places(samples)]
    for name, values in (features or {}).items():
        findings += _giveaways(samples, name, values)
    if fold is not None:
        findings += _folds(samples, fold)
    counts = _counts(samples, region)
    findings += _thin(samples, region)
    one_each = np.unique(samples.group.astype(str), return_index=True)[1]
    clustered = len(one_each) > 2 and is_clustered(places[one_each], area)
    if clustered:
        findings.append(
            Finding(
                "clustering",
                "Samples lie nearer to each other than the map's cells lie to them: random folds would test "
                "beside training samples and overstate the score.",
                np.ones(len(samples), bool),
                problem=False,
            )
        )
    return Audit(findings, share, broadcast, clustered, counts)


def selected_by_one(samples: Samples, features: Mapping[str, Array]) -> list[Finding]:
    """A finding for each feature that alone tells weak labels from trusted ones of the same kind.

    Weak labels that were chosen by a feature teach that feature: the score of a model that sees it, against such
    labels, is the score of the choice.
    """
    found = []
    for number, component in enumerate(samples.components):
        own = samples.shares[:, number] > PURE
        weak, trusted = own & samples.augmented, own & ~samples.augmented
        if min(weak.sum(), trusted.sum()) < FEW:
            continue
        for name, values in features.items():
            known = np.isfinite(values) & own
            distance = np.abs(values - np.median(values[known])) if known.any() else values
            best = max(_told_apart(column[known], samples.augmented[known]) for column in (values, -values, distance))
            if best >= GIVEAWAY_AUC:
                found.append(
                    Finding(
                        "weak labels",
                        f"'{name}' alone tells the {weak.sum()} weak labels of '{component}' from the "
                        f"{trusted.sum()} trusted ones (AUC {best:.3f}): they were chosen by it, or by something like it, "
                        f"and teach little else. Leave out '{name}', or these labels.",
                        weak,
                    )
                )
    return found


def _told_apart(values: Array, flags: Flags) -> float:
    """The chance that a flagged value is larger than one that is not; ties count half."""
    n, m = int(flags.sum()), int((~flags).sum())
    return float((rankdata(values)[flags].sum() - n * (n + 1) / 2) / (n * m)) if n and m else 0.5


def repeated_labels(samples: Samples, group: Text | None = None) -> tuple[Flags, float]:
    """Which observed samples bear a label that another group bears too, and the share that repeat.

    Pure labels repeat by nature and do not count. The share is 1 - distinct vectors / vectors,
    over groups.

    Parameters
    ----------
    group : array of str, optional
        Whose labels may be alike; each sample's own group, unless the folds do not keep groups whole.
    """
    group = samples.group if group is None else group
    flags = np.zeros(len(samples), bool)
    counted, vector, bearer = _mixed_labels(samples, group)
    if not len(counted):
        return flags, 0.0
    pairs = np.unique(np.stack([vector, bearer], 1), axis=0)  # a group counts once for each of its vectors
    bearers = np.bincount(pairs[:, 0])
    flags[counted] = bearers[vector] > 1
    return flags, float(1 - len(bearers) / len(pairs))


def _mixed_labels(samples: Samples, group: Text) -> tuple[Index, Index, Index]:
    """The observed samples whose label is not pure, and for each the number of its label and group."""
    counted = np.flatnonzero(~samples.augmented & ~(samples.shares > PURE).any(1))
    vector = np.unique(np.round(samples.shares[counted], 6), axis=0, return_inverse=True)[1].ravel()
    return counted, vector, np.unique(group[counted].astype(str), return_inverse=True)[1]


def _same_as_neighbour(samples: Samples, places: Array) -> float:
    """The share of samples that bear the label of their nearest neighbour of another group."""
    counted, vector, bearer = _mixed_labels(samples, samples.group)
    pairs, pair = np.unique(np.stack([vector, bearer], 1), axis=0, return_inverse=True)
    count = np.bincount(pair.ravel())
    means = np.stack([np.bincount(pair.ravel(), column) / count for column in places[counted].T], 1)
    near = cKDTree(means).query(means, k=min(NEIGHBOURS + 1, len(means)))[1][:, 1:]
    other = pairs[near, 1] != pairs[:, 1:]
    found = other.any(1)
    first = near[np.arange(len(near)), other.argmax(1)]
    same = pairs[first, 0] == pairs[:, 0]
    return float(same[found].mean()) if found.any() else 0.0


def check_repeated(audit: Audit, samples: Samples, *, whole_groups: bool, allowed: bool) -> None:
    """Raise `RegionwiseError` if folds would separate equal labels.

    Parameters
    ----------
    whole_sources : bool
        Whether the folds keep groups whole.
    """
    share = audit.repeated
    if not whole_groups:
        share = repeated_labels(samples, np.arange(len(samples)).astype(object))[1]
    refused = audit.broadcast if whole_groups and _grouped(samples) else share > REPEATED_SHARE
    if refused and not allowed:
        raise RegionwiseError(
            f"{100 * share:.0f} % of the label vectors repeat another one: labels seem to be broadcast from larger "
            "units, so that a fold would be tested on labels it was trained with.",
            "Name the field of these units as source field, and choose another validation than random; or set Allow "
            "duplicates, if labels are only rounded.",
        )


def _grouped(samples: Samples) -> bool:
    """Whether some group has more than one sample."""
    return len(np.unique(samples.group.astype(str))) < len(samples)


def _repeated(samples: Samples, flags: Flags, share: float, broadcast: bool) -> list[Finding]:
    if share <= REPEATED_SHARE:
        return []
    text = f"{100 * share:.0f} % of the label vectors repeat another one ({flags.sum()} samples)"
    why = "labels are broadcast from larger units, which the source field should name, or rounded"
    if broadcast:
        why = "neighbours bear the same, so labels are broadcast from larger units, which the source field should name"
    elif _grouped(samples):
        why = "neighbours bear others, so labels are merely rounded, or counts of few"
    return [Finding("repeated labels", f"{text}: {why}.", flags, problem=broadcast or not _grouped(samples))]


def _shared_places(samples: Samples) -> list[Finding]:
    """Find places that samples of different groups share."""
    place = np.unique(samples.xy, axis=0, return_inverse=True)[1].ravel()
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([place, group], 1), axis=0)
    flags = np.bincount(pairs[:, 0])[place] > 1
    if not flags.any():
        return []
    return [
        Finding(
            "shared places",
            f"{flags.sum()} samples lie exactly where one of another source lies: the same imagery would "
            "train and test. Give them one source.",
            flags,
        )
    ]


def _giveaways(samples: Samples, name: str, values: Array) -> list[Finding]:
    """Find components that one feature tells alone: better than any measurement does."""
    observed = np.flatnonzero(~samples.augmented & np.isfinite(values))
    _, unit = np.unique(samples.group[observed].astype(str), return_inverse=True)
    count = np.bincount(unit)
    if len(count) < FEW:
        return []
    mean = np.bincount(unit, values[observed]) / count
    found = []
    for i, component in enumerate(samples.components):
        label = np.bincount(unit, samples.shares[observed, i]) / count
        score = _r2_of_neighbours(mean, label)
        if score > GIVEAWAY_R2:
            flags = np.zeros(len(samples), bool)
            flags[observed] = True
            found.append(
                Finding(
                    "giveaway",
                    f"'{name}' alone tells '{component}' with R2 {score:.3f}: it seems to be made from the "
                    "label. Leave it out.",
                    flags,
                )
            )
    return found


def _r2_of_neighbours(feature: Array, label: Array) -> float:
    """The R2 of predicting each label by the mean of its two neighbours in the order of the feature."""
    if len(np.unique(feature)) < FEW or not label.var() > 0:
        return -1.0
    ordered = label[np.argsort(feature, kind="stable")]
    guess = (ordered[:-2] + ordered[2:]) / 2
    return float(1 - ((ordered[1:-1] - guess) ** 2).mean() / label.var())


def _folds(samples: Samples, fold: Text) -> list[Finding]:
    """Find groups in several folds, and augmented samples that a fold would test."""
    found = []
    tested = np.array([bool(str(value)) for value in fold])
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    number = np.unique(fold.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([group[tested], number[tested]], 1), axis=0)
    spanning = np.bincount(pairs[:, 0], minlength=group.max() + 1)[group] > 1
    if spanning.any():
        count = len(np.unique(group[spanning]))
        found.append(Finding("spanning sources", f"{count} sources have samples in several folds.", spanning & tested))
    wrong = tested & samples.augmented
    if wrong.any():
        found.append(
            Finding(
                "augmented in test",
                f"{wrong.sum()} augmented samples would be tested: their labels are predictions.",
                wrong,
            )
        )
    return found


def _counts(samples: Samples, region: Text | None) -> list[dict[str, object]]:
    """A row per region (and one for all): samples, and those that have each component."""
    names = np.full(len(samples), "", object) if region is None else region
    subsets = [("all", np.ones(len(samples), bool))]
    if region is not None:
        subsets += [(str(name) or "none", names == name) for name in sorted(set(map(str, names)))]
    rows: list[dict[str, object]] = []
    for label, own in subsets:
        kept = own & ~samples.augmented
        row: dict[str, object] = {"region": label, "observed": int(kept.sum()), "augmented": int((own & ~kept).sum())}
        row |= {c: int((samples.shares[kept, i] > PRESENT).sum()) for i, c in enumerate(samples.components)}
        rows.append(row)
    return rows


def _thin(samples: Samples, region: Text | None) -> list[Finding]:
    """Find components and regions with too few samples to learn or to score."""
    found = []
    observed = ~samples.augmented
    for i, component in enumerate(samples.components):
        flags = observed & (samples.shares[:, i] > PRESENT)
        if flags.sum() < min(FEW, observed.sum() / 2):
            found.append(
                Finding(
                    "rare component",
                    f"'{component}' is above {PRESENT:g} in {flags.sum()} samples only: its scores mean little.",
                    flags,
                    problem=False,
                )
            )
    names = np.full(len(samples), "") if region is None else region.astype(str)
    for name in sorted(set(names)):
        flags = observed & (names == name)
        if name and flags.sum() < FEW:
            found.append(
                Finding(
                    "thin region", f"Region '{name}' has {flags.sum()} observed samples only.", flags, problem=False
                )
            )
    return found
