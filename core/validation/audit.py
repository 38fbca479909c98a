"""Audit: checks of samples for all that would make a score lie, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import RegionwiseError
from ..data.vector.samples import Samples
from ..runtime.types import Array, Text
from .findings import FEW, Finding
from .giveaways import constant_bands, giveaways, telling_bands
from .knndm import is_clustered
from .repeated_labels import BROADCAST, REPEATED_SHARE, ROUNDED, RepeatedLabels, repeated_labels

Flags = NDArray[np.bool_]

PRESENT = 0.01  # share from which on a component counts as present


@dataclass(frozen=True)
class Audit:
    """All findings, and the facts that the choice of folds depends on.

    Parameters
    ----------
    repeated : float
        Share of label vectors that repeat another group's.
    broadcast : bool
        Whether they do so because labels are broadcast from larger units, see `repeated_labels`.
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


@dataclass(frozen=True)
class SampleValues:
    """Values of each sample by name, arrays of shape (sample,): in `bands` of rasters, in `attributes` of a table."""

    bands: Mapping[str, Array] = field(default_factory=dict)
    attributes: Mapping[str, Array] = field(default_factory=dict)


def audit_samples(
    samples: Samples,
    places: Array | None,
    area: Array,
    values: SampleValues = SampleValues(),
    *,
    fold: Text | None = None,
    region: Text | None = None,
) -> Audit:
    """The audit of `samples`.

    Parameters
    ----------
    places, area : array, shape (sample or m, 2 or 3)
        Places of samples and of cells of the map, see `distances.Ruler`; None for samples without places.
    values : SampleValues
        One of them may give the label away.
    fold : array of str, optional
        Fold of each sample as the user cut them; empty for those that never test.
    region : array of str, optional
        Region of each sample.
    """
    repeated = repeated_labels(samples, places)
    findings = [*_repeated(repeated), *([] if places is None else _shared_places(samples))]
    for name, column in values.attributes.items():
        findings += giveaways(samples, name, column)
    findings += telling_bands(samples, values.bands)
    findings += constant_bands(samples, {**values.bands, **values.attributes})
    if fold is not None:
        findings += _folds(samples, fold)
    counts = _counts(samples, region)
    findings += _thin(samples, region)
    clustered = places is not None and _clustered(samples, places, area)
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
    return Audit(findings, repeated.share, repeated.origin == BROADCAST, clustered, counts)


def _clustered(samples: Samples, places: Array, area: Array) -> bool:
    """Whether groups lie nearer to each other than the map's cells lie to them."""
    return is_clustered(places, area, np.unique(samples.group.astype(str), return_inverse=True)[1])


def check_repeated(audit: Audit, samples: Samples, places: Array | None, *, whole_groups: bool, allowed: bool) -> None:
    """Raise `RegionwiseError` if folds would separate labels that are broadcast from larger units.

    Parameters
    ----------
    places : array, optional
        See `audit_samples`.
    whole_groups : bool
        Whether the folds keep groups whole.
    """
    share, broadcast = audit.repeated, audit.broadcast
    if not whole_groups and _grouped(samples):
        alone = repeated_labels(samples, places, np.arange(len(samples)).astype(object))
        share, broadcast = alone.share, alone.origin == BROADCAST
    if broadcast and not allowed:
        raise RegionwiseError(
            f"{100 * share:.0f} % of the label vectors repeat another one, more than rounding explains: labels seem to "
            "be broadcast from larger units, so that a fold would be tested on labels it was trained with.",
            "Name the field of these units as source field, and choose another validation than random; or set Allow "
            "duplicates, if labels were measured at each place.",
        )


def _grouped(samples: Samples) -> bool:
    """Whether some group has more than one sample."""
    return len(np.unique(samples.group.astype(str))) < len(samples)


def _repeated(repeated: RepeatedLabels) -> list[Finding]:
    """A finding if more than a few label vectors repeat."""
    if repeated.share <= REPEATED_SHARE:
        return []
    text = f"{100 * repeated.share:.0f} % of the label vectors repeat another one ({repeated.flags.sum()} samples)"
    why = (
        "labels are rounded, or broadcast from larger units; samples or places are too few to tell. If larger units "
        "bear them, name their field as source field"
    )
    if repeated.origin == BROADCAST:
        why = (
            "more than rounding explains, so labels are broadcast from larger units, which the source field should name"
        )
    elif repeated.origin == ROUNDED:
        why = (
            f"labels are rounded to steps of about {repeated.step:.2g}, or counts of few: neighbours differ by single "
            "steps, and do not jump as labels of larger units do"
        )
    return [Finding("repeated labels", f"{text}: {why}.", repeated.flags, problem=repeated.origin == BROADCAST)]


def _shared_places(samples: Samples) -> list[Finding]:
    """A finding if samples of different groups share places."""
    place = np.unique(samples.xy, axis=0, return_inverse=True)[1].ravel()
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([place, group], 1), axis=0)
    flags = np.bincount(pairs[:, 0])[place] > 1
    if not flags.any():
        return []
    return [
        Finding(
            "shared places",
            f"{flags.sum()} samples lie exactly where one of another source lies: the same place would train and "
            "test. Give them one source.",
            flags,
        )
    ]


def _folds(samples: Samples, fold: Text) -> list[Finding]:
    """Findings of groups in several folds, and of augmented samples that a fold would test."""
    findings = []
    tested = np.array([bool(str(value)) for value in fold])
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    number = np.unique(fold.astype(str), return_inverse=True)[1]
    pairs = np.unique(np.stack([group[tested], number[tested]], 1), axis=0)
    spanning = np.bincount(pairs[:, 0], minlength=group.max() + 1)[group] > 1
    if spanning.any():
        count = len(np.unique(group[spanning]))
        findings.append(
            Finding("spanning sources", f"{count} sources have samples in several folds.", spanning & tested)
        )
    wrong = tested & samples.augmented
    if wrong.any():
        findings.append(
            Finding(
                "augmented in test",
                f"{wrong.sum()} augmented samples would be tested: their labels are predictions.",
                wrong,
            )
        )
    return findings


def _counts(samples: Samples, region: Text | None) -> list[dict[str, object]]:
    """A row per region (and one for all): samples, and those that have each component."""
    names = np.full(len(samples), "", object) if region is None else region
    subsets = [("all", np.ones(len(samples), bool))]
    if region is not None:
        subsets += [(str(name) or "none", names == name) for name in sorted(set(map(str, names)))]
    rows: list[dict[str, object]] = []
    for label, inside in subsets:
        observed = inside & ~samples.augmented
        augmented = inside & samples.augmented
        row: dict[str, object] = {"region": label, "observed": int(observed.sum()), "augmented": int(augmented.sum())}
        row |= {c: int((samples.shares[observed, i] > PRESENT).sum()) for i, c in enumerate(samples.components)}
        rows.append(row)
    return rows


def _thin(samples: Samples, region: Text | None) -> list[Finding]:
    """Findings of components and regions with too few samples to learn or to score."""
    findings = []
    observed = ~samples.augmented
    for i, component in enumerate(samples.components):
        flags = observed & (samples.shares[:, i] > PRESENT)
        if flags.sum() < min(FEW, observed.sum() / 2):
            findings.append(
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
            findings.append(
                Finding(
                    "thin region", f"Region '{name}' has {flags.sum()} observed samples only.", flags, problem=False
                )
            )
    return findings
