"""Expected errors: the sentences on what error to expect of a map, here and in a new region."""

from __future__ import annotations

from ..learning.training_results import HERE, MAP, TrainingResults, ValidationResult

SMALLEST_ERROR = 1e-9
AWAY = ("new region", "regions", "strict")
FAR = 2.0  # times as far from samples as folds test, from which on a map's cells are not what they stand for


def expectation(results: TrainingResults) -> list[str]:
    """Sentences on the error to expect on the map, and in a new region where the folds can tell it."""
    inside = inside_of(results)
    away = away_of(results, inside)
    error = results.error_of(inside)
    if error is None:
        return []
    place = "in a new region" if inside.kind in AWAY else "inside the sampled regions"
    of_map = results.error_of(inside, MAP) if results.tells_map(inside) else None
    shown, of_what = (error, "") if of_map is None else (of_map, "map of ")
    sentence = (
        f"Expect {results.target_type.error_name} of {shown:.3f} {place} ({of_what}{inside.chosen}, {inside.kind})"
    )
    doubts = far_map(results, inside)
    away_error = None if away is None else results.error_of(away)
    if away is None or away_error is None:
        return [f"{sentence}.", *doubts]
    if no_farther(away, inside, results.map_distance):
        return [f"{sentence}.", *doubts, no_new_region(results, away)]
    return [f"{sentence}{_in_new_one(results, inside, shown, away, away_error)}", *doubts]


def inside_of(results: TrainingResults) -> ValidationResult:
    """The validation that stands for the map."""
    validations = [*results.validations, *results.comparison]
    if results.tells_map(validations[0]):
        return validations[0]
    return next((v for kind in HERE for v in validations if v.kind == kind), validations[0])


def away_of(results: TrainingResults, inside: ValidationResult) -> ValidationResult | None:
    """The validation that stands for a new region, besides `inside`; None if there is none."""
    validations = [*results.validations, *results.comparison]
    return next((v for v in validations if v.kind in AWAY and v is not inside), None)


def _in_new_one(
    results: TrainingResults, inside: ValidationResult, error: float, away: ValidationResult, away_error: float
) -> str:
    """What is to be added on a new region to the error on the map: none that is lower, for that is chance."""
    here, grows = error, ""
    if away.chosen != inside.chosen and away.chosen in inside.models:
        here = results.mean_row(inside, away.chosen)[results.target_type.error]
        grows = f": that of {away.chosen} grows from {here:.3f} to {away_error:.3f} there"
    if away_error <= here:
        return f", and no less in a new region ('{away.kind}' reads {away_error:.3f}, which is no more)."
    if grows:
        return f", about {error * away_error / max(here, SMALLEST_ERROR):.3f} in a new one{grows}."
    return f", {away_error:.3f} in a new one ({away.chosen}, {away.kind})."


def no_farther(away: ValidationResult, inside: ValidationResult, map_distance: float | None) -> bool:
    """Whether folds of new regions test no farther from training samples than the map's cells and folds lie."""
    if away.distance is None or inside.distance is None or map_distance is None:
        return False
    return away.distance <= max(inside.distance, map_distance)


def no_new_region(results: TrainingResults, away: ValidationResult) -> str:
    """Why no error is stated for a new region."""
    return (
        f"No error is stated for a new region: half of the samples that '{away.kind}' tests lie within "
        f"{metres(away.distance)} of training ones, and half of the map's cells no nearer than "
        f"{metres(results.map_distance)} to samples. If the map is meant for less, give the Area to map."
    )


def far_map(results: TrainingResults, inside: ValidationResult) -> list[str]:
    """A sentence where the map's cells lie farther from samples than folds could test."""
    if inside.distance is None or results.map_distance is None or inside.kind in AWAY:
        return []
    if inside.distance >= results.map_distance / FAR:
        return []
    return [
        f"Half of the map's cells lie {metres(results.map_distance)} or more from samples, and {inside.kind} tests at "
        f"{metres(inside.distance)}: expect more far from samples ('Map applicability' shows where). If the map is "
        "meant for less, give the Area to map."
    ]


def metres(distance: float | None) -> str:
    """A distance for people."""
    value = distance or 0.0
    if value < 1000:
        return f"{value:.3g} m"
    return f"{value / 1000:,.0f} km" if value >= 100_000 else f"{value / 1000:.3g} km"
