"""The area of applicability: dissimilarity by hand, what stands for the samples, and places unlike all of them."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.families.composition.train_regions import learned
from regionwise.core.learning.applicability import predictor_space as applicability
from regionwise.core.learning.applicability.nearest_points import NearestPoints
from regionwise.core.learning.applicability.predictor_space import Space, fold_dissimilarity
from regionwise.core.learning.model_file import read_model
from regionwise.core.validation.splits import Split, cross_validation, grouped_folds, within_region_holdout
from spaces import cells_of, space_of, validation_of

NOTHING = np.array([], int)


def test_dissimilarity_is_that_to_what_trained_the_fold():
    places = np.array([[0.0], [1.0], [3.0], [7.0], [20.0]])
    splits = [
        Split("a", np.array([2]), np.array([3]), np.array([0])),  # sample 1 lies in the buffer
        Split("b", np.array([0]), np.array([1]), np.array([3])),
    ]
    index = fold_dissimilarity(cells_of(places), lambda table: table, splits, np.arange(4))
    np.testing.assert_allclose(index, [3, np.nan, np.nan, 6, np.nan])
    space = space_of(places, [validation_of("blocks", splits, 5)])
    mean = (1 + 3 + 7 + 2 + 6 + 4) / 6  # of all pairs that train
    assert space.threshold == pytest.approx(6 / mean, rel=1e-5)
    found, density = space.dissimilarity(np.array([[1.0], [0.5], [5.0], [20.0]], np.float32))
    np.testing.assert_allclose(found, [0, 0.5 / mean, 2 / mean, 13 / mean], rtol=1e-5)
    np.testing.assert_array_equal(density[1:], [3, 4, 0])  # up to 6 away


def test_an_area_is_as_unlike_as_its_cells_are_on_average():
    cells = np.array([[0.0], [2.0], [10.0], [11.0], [13.0], [30.0]])
    areas = cells_of(cells, (2, 3, 1), [0.25, 0.75, 0.2, 0.3, 0.5, 1])
    one, two, three = np.array([[0], [1], [2]])
    splits = [Split("a", two, three, one), Split("b", one, NOTHING, two)]
    index = fold_dissimilarity(areas, lambda table: table, splits, np.arange(6))
    np.testing.assert_allclose(index, [0.25 * 10 + 0.75 * 8, 0.2 * 8 + 0.3 * 9 + 0.5 * 11, np.nan])
    fewer = fold_dissimilarity(areas, lambda table: table, splits, np.array([0, 4, 5]))  # of those that train
    np.testing.assert_allclose(fewer, [0.25 * 13 + 0.75 * 11, 0.2 * 10 + 0.3 * 11 + 0.5 * 13, np.nan])


def noisy_areas(rng, areas, size, kinds):
    """Return the features of the cells of areas, each of one kind of land, and of cells of a map of the same kinds."""
    centre = rng.normal(0, 1, (kinds, 5))
    cells = centre[np.repeat(rng.integers(0, kinds, areas), size)] + rng.normal(0, 1, (areas * size, 5))
    return cells, centre[rng.integers(0, kinds, 2000)] + rng.normal(0, 1, (2000, 5))


@pytest.mark.parametrize("size", [4, 16])
def test_cells_like_those_of_the_sampled_areas_are_inside_and_others_are_not(size):
    """Cells are noisy: hardly one is like the mean of an area, and all are like cells of areas."""
    inside, outside = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        cells, mapped = noisy_areas(rng, 80, size, 4)
        group, none = np.arange(80).astype(str).astype(object), np.zeros(80, bool)
        splits = cross_validation(grouped_folds(group, 5, seed), group, none, group, seed)
        space = space_of(cells, [validation_of("knndm", splits, 80)], sizes=np.full(80, size))
        assert len(space.points) == 80 * size and space.each == 1 / size
        index, density = space.dissimilarity(mapped.astype(np.float32))
        inside.append((index <= space.threshold).mean())
        outside.append((space.dissimilarity((mapped + 6).astype(np.float32))[0] > space.threshold).mean())
        assert density.max() <= 80  # it counts samples, not cells
    assert np.mean(inside) > 0.8 and np.mean(outside) > 0.99


def test_areas_keep_as_many_cells_as_points_at_most(monkeypatch):
    cells, mapped = noisy_areas(np.random.default_rng(0), 300, 16, 4)
    splits = [Split("a", np.arange(60, 300), NOTHING, np.arange(60))]
    whole = space_of(cells, [validation_of("knndm", splits, 300)], sizes=np.full(300, 16))
    monkeypatch.setattr(applicability, "MOST_POINTS", 1000)
    thin = space_of(cells, [validation_of("knndm", splits, 300)], sizes=np.full(300, 16))
    assert len(thin.points) == 1000 and thin.each == 240 / 1000
    inside, still = (space.dissimilarity(mapped.astype(np.float32))[0] <= space.threshold for space in (whole, thin))
    assert abs(inside.mean() - still.mean()) < 0.03


def test_points_span_the_space_that_they_did_before_areas_had_cells():
    rng = np.random.default_rng(5)
    features = rng.normal(0, rng.lognormal(0, 1, 7), (400, 7))
    features[rng.random(features.shape) < 0.05] = np.nan
    group, none = (np.arange(400) // 4).astype(str).astype(object), np.zeros(400, bool)
    splits = cross_validation(grouped_folds(group, 5, 0), group, none, group, 0)
    space = space_of(features, [validation_of("knndm", splits, 400)], gains=np.arange(1, 8) / 28, loss=rng.random(400))
    index, density = space.dissimilarity(features[::-1].astype(np.float32) + np.float32(0.5))
    found = [space.threshold, space.mean_distance, space.each, index.sum(), density.sum(), *space.profile.knots[5][:2]]
    before = [0.5105775735863035, 0.5489987847607917, 1.0, 140.11663818359375, 5257.0, 0.22931632758, 0.51700979818]
    np.testing.assert_allclose(found, before, rtol=1e-9)


def test_augmented_samples_are_no_evidence():
    places = np.array([[0.0], [1.0], [3.0], [7.0]])
    splits = [Split("a", np.array([1, 3]), np.array([2]), np.array([0]))]
    augmented = np.array([False, True, False, False])
    space = space_of(places, [validation_of("blocks", splits, 4)], augmented=augmented)
    assert len(space.points) == 2
    assert space.threshold == pytest.approx(3 / 4, rel=1e-5)


@given(st.integers(2, 60), st.integers(1, 6), st.integers(0, 2**31))
def test_a_training_sample_is_like_itself(n, columns, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(0, rng.lognormal(0, 3, columns), (n, columns)).astype(np.float32)
    features[rng.random(features.shape) < 0.1] = np.nan
    splits = [Split("a", np.arange(1, n), NOTHING, np.array([0]))]
    space = space_of(features, [validation_of("blocks", splits, n)], gains=rng.dirichlet(np.ones(columns)))
    assert (space.dissimilarity(features[1:])[0] == 0).all()


@pytest.fixture(scope="module")
def regional():
    """Samples of seven regions, unlike each other, of which the last was never sampled, and their experts' splits."""
    rng = np.random.default_rng(0)
    region = rng.integers(0, 7, 2000)
    features = rng.normal(0, 4, (7, 6))[region] + rng.normal(0, 1, (2000, 6))
    known = features[region < 6]
    number = region[region < 6]
    group = np.array([f"s{i}" for i in range(len(known))], object)
    names = tuple("abcdef")
    splits = within_region_holdout(number, np.zeros(len(known), bool), group, names, 0)
    centre = np.stack([known[number == i].mean(0) for i in range(6)])
    return known, splits, features[region == 6], centre


def test_a_region_that_no_expert_saw_is_outside(regional):
    known, splits, unseen, centre = regional
    space = space_of(known, [validation_of("within", splits, len(known))])
    assert len(space.points) == len(known)  # not the tested fifths alone
    assert (space.dissimilarity(unseen)[0] > space.threshold).mean() >= 0.9
    more = np.random.default_rng(1).normal(0, 1, (600, 6)) + centre[np.arange(600) % 6]
    assert (space.dissimilarity(more)[0] <= space.threshold).mean() >= 0.9


@pytest.mark.parametrize("kind", ["random", "grouped"])
@pytest.mark.parametrize(("most", "wider"), [(4000, 1.08), (1500, 1.3)])
def test_thinning_tells_the_same_places_inside(kind, most, wider, monkeypatch):
    rng = np.random.default_rng(0)
    centre, cluster = rng.normal(0, 1, (40, 8)), rng.integers(0, 40, 6000)
    features = centre[cluster] + rng.normal(0, 0.3, (6000, 8))
    group = np.array([f"{c if kind == 'grouped' else i}" for i, c in enumerate(cluster)], object)
    whole_samples = np.zeros(6000, bool)
    splits = cross_validation(grouped_folds(group, 5, 0), group, whole_samples, group, 0)
    new = np.concatenate([centre[cluster[:1500]] + rng.normal(0, 0.3, (1500, 8)), rng.normal(0, 1, (1500, 8))])
    whole = space_of(features, [validation_of(kind, splits, 6000)])
    assert len(whole.points) == 6000 and whole.each == 1
    monkeypatch.setattr(applicability, "MOST_POINTS", most)
    thin = space_of(features, [validation_of(kind, splits, 6000)])
    assert len(thin.points) == most and thin.each == 6000 / most
    assert thin.mean_distance == pytest.approx(whole.mean_distance, rel=0.03)
    assert 1 < thin.threshold / whole.threshold < wider  # fewer lie a little farther, in map and folds alike
    (found, density), (thinned, fewer) = whole.dissimilarity(new), thin.dissimilarity(new)
    inside, still = found <= whole.threshold, thinned <= thin.threshold
    assert (inside == still).mean() > (0.95 if most == 4000 else 0.9)
    assert abs(inside.mean() - still.mean()) < 0.02
    assert 0.8 < np.mean(fewer) / np.mean(density) < 2.5  # a farther threshold counts more
    np.testing.assert_array_equal(density > 0, inside)


def test_density_counts_samples_as_near_as_the_threshold():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (5000, 3)).astype(np.float32)
    splits = [Split("a", np.arange(1000, 5000), NOTHING, np.arange(1000))]
    space = dataclasses.replace(space_of(features, [validation_of("blocks", splits, 5000)]), threshold=0.3)
    new = rng.normal(0, 1, (50, 3)).astype(np.float32)
    distance = np.linalg.norm((new[:, None] - features[None, 1000:]) * space.axes.scale, axis=2) / space.mean_distance
    index, density = space.dissimilarity(new)
    np.testing.assert_allclose(index, distance.min(1), rtol=1e-4)
    exact = (distance <= 0.3).sum(1)
    assert np.abs(density - exact).mean() < 0.15 * exact.mean()  # 2,000 of 4,000 are counted


def test_harder_validations_of_the_same_model_stand_behind_the_expected_error():
    rng = np.random.default_rng(0)
    features, n = rng.normal(0, 1, (300, 3)), 300
    folds = cross_validation(np.arange(n) % 3, np.arange(n).astype(object), np.zeros(n, bool), np.arange(n), 0)
    chosen = validation_of("knndm", folds, n)
    others = [
        validation_of("random", folds, n),  # helped by neighbours
        validation_of("new region", folds, n),
        validation_of("blocks", folds, n, models=("network",), chosen="network"),
    ]
    profile = space_of(features, [chosen], others).profile
    assert profile.validations == ["knndm", "new region"]
    assert profile.error == "error"
    assert space_of(features, [others[0]], [chosen]).profile.validations == ["random", "knndm"]


def test_cells_of_the_map_are_as_hard_as_they_are_far():
    """Along a line samples err as far as they lie from those that train: known ratios of squared errors."""
    rng, n = np.random.default_rng(0), 3000
    features = rng.uniform(0, 1, (n, 1))
    fold = (features[:, 0] * 30).astype(int) % 3  # ten stripes each
    splits = [Split(str(i), np.flatnonzero(fold != i), NOTHING, np.flatnonzero(fold == i)) for i in range(3)]
    chosen = validation_of("knndm", splits, n)
    loss = np.empty(n)
    for split in splits:
        loss[split.test] = 1 + 30 * NearestPoints(features[split.train]).distance(features[split.test])

    def harder(of_map):
        return space_of(features, [chosen], loss=loss, on_map=of_map).harder.factor

    # two of three members trained with a sample, and lie nowhere from it
    assert harder(features) == pytest.approx((2 + loss.mean()) / 3 / loss.mean(), abs=0.02)
    far = np.sort(loss)[-75:].mean()  # half of a window
    assert harder(np.zeros((50, 1)) + 10) == pytest.approx(far / loss.mean(), abs=0.02)  # no more is told beyond
    assert space_of(features, [chosen], loss=loss).harder is None
    assert space_of(features, [chosen], loss=0 * loss, on_map=features).harder is None  # nothing errs


def test_units_of_all_validations_are_those_of_the_claimed_one():
    rng, n = np.random.default_rng(0), 400
    features, loss = rng.normal(0, 1, (n, 3)), rng.chisquare(3, n)
    group, none = (np.arange(n) // 5).astype(str).astype(object), np.zeros(n, bool)
    folds = cross_validation(grouped_folds(group, 10, 0), group, none, group, 0)
    chosen = dataclasses.replace(validation_of("knndm", folds, n), unit=group)
    other = validation_of("new region", folds, n)
    beside = [dataclasses.replace(other, unit=np.array([name] * n, object)) for name in ("R1", "R2")]
    by_unit = [space_of(features, [chosen], [each], loss=loss).profile for each in beside]
    assert by_unit[0] == by_unit[1]
    alone = space_of(features, [chosen], loss=loss).profile
    width = [np.mean(np.diff(np.log(np.array(p.knots, float)[:, 2:]))) for p in (alone, by_unit[0])]
    assert width[1] == pytest.approx(width[0], rel=0.2)


def test_a_tuned_expert_learned_what_the_pooled_model_did():
    pooled = Split("all regions", np.array([0, 1]), np.array([2]), np.array([5, 6]))
    own = Split("a", np.array([1, 3]), np.array([4]), np.array([5]))
    splits = {"pooled": [pooled], "within": [own]}
    (whole,) = learned("within", splits, tuned=True)
    assert sorted({*whole.train, *whole.validation}) == [0, 1, 2, 3, 4]
    assert whole.test.tolist() == [5]
    assert learned("within", splits, tuned=False) == [own]


@pytest.mark.train
def test_experts_keep_all_samples_that_train(experts):
    model = read_model(experts.params.model)
    space = Space.of(model, experts.params.model)
    fold = gpd.read_file(experts.params.predictions)["fold_within"]
    held = fold.notna() & (fold != "")  # tuned experts, and the pooled model that they began as, learned none of these
    assert 0 < held.sum() < len(fold) and len(space.points) == (~held).sum()
    assert {"within", "strict"} <= set(space.profile.validations)
    assert space.profile.reach > space.threshold
