"""Expected errors: the sentences on what error to expect of a map, here and in a new region."""

from __future__ import annotations

from ..learning.training_results import TrainingResults, ValidationResult

SMALLEST_ERROR = 1e-9
SPATIAL = ("knndm", "blocks")
AWAY = ("new region", "regions", "strict")
FAR = 2.0  # times as far from samples as folds test, from which on a map's cells are not what they stand for


def expectation(results: TrainingResults) -> list[str]:
    """Sentences on the error to expect on the map, and in a new region where the folds can tell it."""
    validations = [*results.validations, *results.comparison]
    inside = next((v for v in validations if v.kind in SPATIAL), None)
    inside = inside or next((v for v in validations if v.kind not in (*AWAY, "random")), None) or validations[0]
    away = next((v for v in validations if v.kind in AWAY and v is not inside), None)
    error = results.error_of(inside)
    if error is None:
        return []
    place = "in a new region" if inside.kind in AWAY else "inside the sampled regions"
    sentence = f"Expect {results.target_type.error_name} of {error:.3f} {place}"
    doubts = _far_map(results, inside)
    if away is None or results.error_of(away) is None:
        return [f"{sentence} ({inside.chosen}, {inside.kind}).", *doubts]
    if _no_farther(away, inside, results.map_distance):
        return [f"{sentence} ({inside.chosen}, {inside.kind}).", *doubts, _no_new_region(results, away)]
    return [_two_errors(results, sentence, inside, away), *doubts]


def _two_errors(results: TrainingResults, sentence: str, inside: ValidationResult, away: ValidationResult) -> str:
    """The error to expect on the map, and that in a new region."""
    error, away_error = results.error_of(inside), results.error_of(away)
    assert error is not None and away_error is not None  # nosec B101
    if away.chosen == inside.chosen:
        return f"{sentence}, {away_error:.3f} in a new one ({inside.chosen}; {inside.kind}, {away.kind})."
    if away.chosen not in inside.models:
        return (
            f"{sentence} ({inside.chosen}, {inside.kind}), {away_error:.3f} in a new one ({away.chosen}, {away.kind})."
        )
    near: float = results.mean_row(inside, away.chosen)[results.target_type.error]
    growth = max(away_error / max(near, SMALLEST_ERROR), 1.0)
    return (
        f"{sentence} ({inside.chosen}, {inside.kind}), about {error * growth:.3f} "
        f"in a new one (that of {away.chosen} grows from {near:.3f} to {away_error:.3f} there)."
    )


def _no_farther(away: ValidationResult, inside: ValidationResult, map_distance: float | None) -> bool:
    """Whether folds of new regions test no farther from training samples than the map's cells and folds lie."""
    if away.distance is None or inside.distance is None or map_distance is None:
        return False
    return away.distance <= max(inside.distance, map_distance)


def _no_new_region(results: TrainingResults, away: ValidationResult) -> str:
    """Why no error is stated for a new region."""
    return (
        f"No error is stated for a new region: half of the samples that '{away.kind}' tests lie within "
        f"{_metres(away.distance)} of training ones, and half of the map's cells no nearer than "
        f"{_metres(results.map_distance)} to samples. If the map is meant for less, give the Area to map."
    )


def _far_map(results: TrainingResults, inside: ValidationResult) -> list[str]:
    """A sentence where the map's cells lie farther from samples than folds could test."""
    if inside.distance is None or results.map_distance is None or inside.kind in AWAY:
        return []
    if inside.distance >= results.map_distance / FAR:
        return []
    return [
        f"Half of the map's cells lie {_metres(results.map_distance)} or more from samples, and {inside.kind} tests at "
        f"{_metres(inside.distance)}: expect more far from samples ('Map applicability' shows where). If the map is "
        "meant for less, give the Area to map."
    ]


def _metres(distance: float | None) -> str:
    """A distance for people."""
    value = distance or 0.0
    if value < 1000:
        return f"{value:.3g} m"
    return f"{value / 1000:,.0f} km" if value >= 100_000 else f"{value / 1000:.3g} km"
