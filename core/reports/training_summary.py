"""The summary of a training run in sentences: scores beside baselines, and doubts about them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..data.vector.samples import Samples
from ..learning.model_types import BOOSTING
from ..learning.training_results import HERE, MAP, TrainingResults, ValidationResult
from .differences import better_models, difference_text, interval_basis, interval_text
from .expected_errors import expectation
from .residual_section import near_folds

SPANNING_SHARE = 0.05
NOTABLE_GAP = 0.1  # of the main score between random and spatial folds


def summary_lines(results: TrainingResults) -> list[str]:
    """A sentence per validation, then the expected error, better models, and doubts about the random score."""
    lines = [_score_line(results, validation) for validation in results.validations]
    lines += map_line(results)
    lines += [f"Beside it, {_score_line(results, validation)}" for validation in results.comparison]
    lines += [*support_line(results), *expectation(results), *better_models(results), *random_doubts(results)]
    if results.residuals is not None:
        lines += near_folds(results.residuals, results.params.to_json())
    return lines


def map_line(results: TrainingResults) -> list[str]:
    """The score of the map beside that of its members, and why they differ."""
    validation, correction, target_type = results.validations[0], results.correction, results.target_type
    if correction is None or not results.tells_map(validation):
        return []
    row = results.mean_row(validation, MAP)
    if row[target_type.score] is None:
        return []
    return [
        f"The map: {target_type.score_name} {row[target_type.score]:.3f}{interval_text(row['low'], row['high'])}, "
        f"{target_type.error} {row[target_type.error]:.3f}. It shows the mean of {correction.members} members, and "
        f"folds test one at a time: {correction.describe()}"
    ]


def support_line(results: TrainingResults) -> list[str]:
    """A sentence on what scores hold for where labels are of areas or of units."""
    support = results.calibration.support
    return [f"Scores and intervals are {support.describe()}."] if support and not support.single else []


def _score_line(results: TrainingResults, validation: ValidationResult) -> str:
    """The main score with its interval, the error, and the skill over the best baseline.

    With s the main score, at most 1, the skill is 1 - (1 - s) / (1 - s of the baseline).
    """
    row, target_type, value = results.mean_row(validation), results.target_type, results.score_of(validation)
    if value is None:
        return f"{validation.kind}: no score, nothing was tested."
    line = (
        f"{validation.kind} ({validation.chosen}): {target_type.score_name} {value:.3f}"
        f"{interval_text(row['low'], row['high'])} ({interval_basis(results, validation)}), "
        f"{target_type.error} {row[target_type.error]:.3f}"
    )
    scores = defined_scores(results, validation, validation.baselines)
    if not scores:
        return f"{line}."
    best = max(scores, key=lambda name: scores[name])
    skill = 1 - (1 - value) / max(1 - scores[best], 1e-12)
    found = results.difference(validation, best)
    beside = difference_text(None if found is None else found.turned)
    return f"{line}; best baseline: {best}, {scores[best]:.3f}; skill over it {skill:.3f}, {beside}."


def defined_scores(results: TrainingResults, validation: ValidationResult, names: Iterable[str]) -> dict[str, float]:
    """The main score of models and baselines, where it is defined."""
    scores = {name: results.score_of(validation, name) for name in names}
    return {name: value for name, value in scores.items() if value is not None}


def random_doubts(results: TrainingResults) -> list[str]:
    """Reasons not to believe the random score, where it is far above the spatial one."""
    validations = [*results.validations, *results.comparison]
    random = next((v for v in validations if v.kind == "random"), None)
    spatial = next((v for kind in HERE for v in validations if v.kind == kind), None)
    if random is None or spatial is None:
        return []
    random_score, spatial_score = (
        defined_scores(results, validation, [BOOSTING]).get(BOOSTING) for validation in (random, spatial)
    )
    if random_score is None or spatial_score is None or random_score - spatial_score < NOTABLE_GAP:
        return []
    causes = [
        finding.check
        for finding in results.audit.findings
        if finding.check == "clustering" or (finding.check == "repeated labels" and finding.problem)
    ]
    reason_of = {
        "repeated labels": "labels repeat, so that folds are tested on labels they were trained with",
        "clustering": "samples are clustered, so that folds are tested beside training samples",
    }
    reasons = [reason_of[cause] for cause in causes]
    spanning = _spanning_share(results.samples, random)
    if spanning > SPANNING_SHARE:
        reasons.insert(0, f"{100 * spanning:.0f} % of tested samples share their source with training samples")
    listing = " and ".join(reasons) or "tested samples lie nearer to training ones than the map's cells do"
    return [
        f"Do not believe the random score: boosting reads {results.target_type.score_name} {random_score:.3f} under "
        f"random folds and {spatial_score:.3f} under {spatial.kind} on the same data, because {listing}."
    ]


def _spanning_share(samples: Samples, validation: ValidationResult) -> float:
    """The share of tested samples whose group has samples that trained, also where few of the folds are tested."""
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    shared = [
        np.isin(group[split.test], group[np.union1d(split.train, split.validation)]) for split in validation.splits
    ]
    return float(np.concatenate(shared).mean()) if shared else 0.0
