"""The verdict of a report: an error for a new region only where folds have been there."""

from types import SimpleNamespace

import pytest
from regionwise.core.learning.training_results import MAP
from regionwise.core.reports.expected_errors import expectation
from regionwise.core.targets.hierarchy import Levels
from regionwise.core.targets.share_target import ShareTarget

ERRORS = {"knndm": 0.102, "new region": 0.109, "random": 0.08}


def results(inside=10_000.0, away=200_000.0, mapped=10_000.0, errors=ERRORS, of_map=None):
    """Results of one model under three validations, whose folds test that far from training samples.

    `of_map` is the error of the map, where that is known.
    """
    distances = {"knndm": inside, "new region": away, "random": 1.0, "blocks": away}
    kinds = [
        SimpleNamespace(kind=kind, chosen="boosting", models={"boosting": None}, distance=distances[kind])
        for kind in errors
    ]
    return SimpleNamespace(
        validations=kinds[:1],
        comparison=kinds[1:],
        map_distance=mapped,
        target_type=ShareTarget(Levels(("a", "b"), {})),
        error_of=lambda validation, model="": of_map if model == MAP else errors[validation.kind],
        tells_map=lambda validation: of_map is not None and validation is kinds[0],
    )


def test_both_errors_are_told_where_folds_of_new_regions_lie_farther():
    told = expectation(results())
    assert told == [
        "Expect an error (RMSE of a share) of 0.102 inside the sampled regions (boosting, knndm), 0.109 in a new one "
        "(boosting, new region)."
    ]


def test_the_error_here_is_that_of_the_map_where_it_is_known():
    (told,) = expectation(results(of_map=0.095))
    assert told == (
        "Expect an error (RMSE of a share) of 0.095 inside the sampled regions (map of boosting, knndm), 0.109 in a "
        "new one (boosting, new region)."
    )
    (told,) = expectation(results(of_map=0.095, errors={"knndm": 0.102, "new region": 0.1}))
    assert "0.095 inside" in told and "0.100 in a new one" in told  # more than the map's, if not than members'
    (told,) = expectation(results(of_map=0.12))  # its cells lie farther than folds test
    assert "0.120 inside" in told and "no less in a new region ('new region' reads 0.109" in told


def test_no_lower_error_is_told_for_a_new_region_than_here():
    (told,) = expectation(results(errors={"knndm": 0.109, "new region": 0.102, "random": 0.08}))
    assert told.endswith("(boosting, knndm), and no less in a new region ('new region' reads 0.102, which is no more).")


def test_what_is_nearest_to_the_map_tells_the_error_here_whatever_was_chosen():
    told, *_ = expectation(results(errors={"blocks": 0.2, "random": 0.08, "knndm": 0.102, "new region": 0.21}))
    assert told.startswith("Expect an error (RMSE of a share) of 0.102 inside the sampled regions (boosting, knndm)")


def test_no_error_of_a_new_region_is_told_where_the_map_itself_lies_as_far():
    """As where samples of one continent are asked about a raster of the whole Earth."""
    expected, far, away = expectation(results(inside=900_000, mapped=2_500_000))
    assert "in a new one" not in expected
    assert "Half of the map's cells lie 2,500 km or more from samples, and knndm tests at 900 km" in far
    assert "No error is stated for a new region" in away and "within 200 km of training ones" in away
    assert "Area to map" in away


@pytest.mark.parametrize("inside, doubted", [(4_000, True), (6_000, False)])
def test_a_map_farther_than_folds_is_doubted(inside, doubted):
    assert any("expect more far from samples" in text for text in expectation(results(inside=inside))) == doubted


def test_without_places_both_are_told():
    (told,) = expectation(results(inside=None, away=None, mapped=None))
    assert "0.109 in a new one" in told
