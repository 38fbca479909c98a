"""kNNDM, plans of folds and the audit against known answers: planted leaks are found, clean designs pass."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.stack import Stack
from regionwise.core.tools.simulation.composition_world import simulate_world
from regionwise.core.validation import area_places
from regionwise.core.validation import knndm as knndm_folds
from regionwise.core.validation.audit import SampleValues, audit_samples
from regionwise.core.validation.distances import nearest_in_other_folds, nearest_of_others
from regionwise.core.validation.knndm import is_clustered, knndm
from regionwise.core.validation.planner import Planner
from regionwise.core.validation.splits import Split, fraction_of
from scipy.spatial import cKDTree

TARGETS = ("F", "F_NF", "NF_F", "NF")


def huddled(rng, n=400, centres=20):
    """Places around few centres, in a square of side 100."""
    return rng.uniform(0, 100, (centres, 2))[rng.integers(0, centres, n)] + rng.normal(0, 1, (n, 2))


def test_clustered_places_are_told_from_random_ones():
    rng = np.random.default_rng(0)
    area = rng.uniform(0, 100, (1000, 2))
    assert is_clustered(huddled(rng), area)
    assert not is_clustered(rng.uniform(0, 100, (400, 2)), area)


@pytest.mark.parametrize("seed", range(3))
def test_knndm_folds_are_as_far_apart_as_the_map_is_from_the_samples(seed):
    rng = np.random.default_rng(seed)
    places, area = huddled(rng), rng.uniform(0, 100, (1000, 2))
    found = knndm(places, area, 5, seed)
    assert found.clustered
    assert set(found.fold) == set(range(5))
    assert np.bincount(found.fold).max() <= 200
    assert found.gap < 0.4 * found.random_gap
    for cluster in np.unique(found.cluster):
        assert len(set(found.fold[found.cluster == cluster])) == 1
    between = nearest_in_other_folds(places, found.fold)
    np.testing.assert_allclose(np.sort(between), found.curves["between folds"])
    uniform = knndm(rng.uniform(0, 100, (400, 2)), area, 5, seed)
    assert not uniform.clustered
    assert uniform.gap == uniform.random_gap


def dealt_one_by_one(places, cluster, folds):
    """The folds of Linnenbrink et al. (2024, sect. 2) written out: large clusters are not merged, the rest in turn."""
    axis = np.linalg.eigh(np.cov(places.T))[1][:, -1]
    order = sorted(set(cluster), key=lambda number: (places[cluster == number] @ axis).mean())
    fold_of, free = {}, list(range(folds))
    for number in order:
        if (cluster == number).sum() >= len(places) / folds:
            fold_of[number] = free.pop(0)
    rest = [number for number in order if number not in fold_of]
    fold_of |= {number: free[i % len(free)] for i, number in enumerate(rest)}
    return np.array([fold_of[number] for number in cluster])


@pytest.mark.parametrize("seed", range(5))
def test_a_cluster_as_large_as_a_fold_is_one_by_itself_and_others_are_dealt_in_turn(seed):
    rng = np.random.default_rng(seed)
    sizes = [30, 3, 4, 26, 5, 2, 8, 7, 15]  # of 100 places in 4 folds: two are as large as a fold
    cluster = rng.permutation(np.repeat(np.arange(9), sizes))
    places = rng.uniform(0, 100, (9, 2))[cluster] * (3, 1) + rng.normal(0, 1, (100, 2))
    fold, expected = knndm_folds._deal(places, cluster, 4), dealt_one_by_one(places, cluster, 4)
    for large in (0, 3):
        assert set(cluster[fold == fold[cluster == large][0]]) == {large}
    alike = (fold[:, None] == fold) == (expected[:, None] == expected)  # whatever numbers folds have
    turned = dealt_one_by_one(-places, cluster, 4)  # an axis has no direction
    assert alike.all() or ((fold[:, None] == fold) == (turned[:, None] == turned)).all()
    assert set(knndm_folds._deal(places, np.repeat(np.arange(4), 25), 4)) == set(range(4))


def test_knndm_of_many_places_takes_no_quadratic_memory():
    rng = np.random.default_rng(0)
    found = knndm(huddled(rng, 9000, 60), rng.uniform(0, 100, (500, 2)), 5, 0)
    assert found.clustered
    assert found.gap < found.random_gap


def samples_of(world, **changes):
    """The samples of a simulated world as the core reads them."""
    from regionwise.core.data.vector.samples import Samples

    rows, cols = world.places.T
    points = gpd.GeoSeries(gpd.points_from_xy(cols * 90.0, -rows * 90.0), crs="EPSG:32648")
    n = len(rows)
    values = {
        "geometry": points, "xy": np.stack([cols * 90.0, -rows * 90.0], 1), "shares": world.labels,
        "components": TARGETS, "group": np.array([f"u{s}" for s in world.group], object), "weight": np.ones(n),
        "augmented": np.zeros(n, bool), "row": np.arange(1, n + 1), "notices": (),
    }  # fmt: skip
    return Samples(**(values | changes))


@pytest.fixture(scope="module")
def clean():
    """A world whose samples have nothing wrong, and what an audit needs besides them."""
    world = simulate_world(160, "uniform", 5)
    rows, cols = np.nonzero(world.settled)
    return world, np.stack([cols * 90.0, -rows * 90.0], 1)


def checks(world, area, samples, bands=None, attributes=None, **options):
    audit = audit_samples(samples, samples.xy, area, SampleValues(bands or {}, attributes or {}), **options)
    return {finding.check for finding in audit.problems()}, audit


def test_the_audit_raises_no_false_alarm_on_a_clean_design(clean):
    world, area = clean
    bands = {f"b{i}": band[tuple(world.places.T)] for i, band in enumerate((*world.day, *world.night))}
    found, audit = checks(world, area, samples_of(world), bands=bands)
    assert found == set()
    assert not audit.clustered
    assert audit.repeated == 0


@pytest.mark.parametrize(
    "leak", ["repeated labels", "shared places", "giveaway", "spanning sources", "augmented in test"]
)
def test_the_audit_flags_every_planted_leak(clean, leak):
    world, area = clean
    n, rng = len(world.places), np.random.default_rng(0)
    options, changes = {}, {}
    if leak == "repeated labels":
        changes["shares"] = world.labels[np.arange(n) // 4 * 4]
    elif leak == "shared places":
        xy = samples_of(world).xy.copy()
        xy[:20] = xy[20:40]
        changes["xy"] = xy
    elif leak == "giveaway":
        options["attributes"] = {
            "noise": rng.normal(size=n),
            "leak": np.exp(world.labels[:, 1]) + rng.normal(0, 1e-3, n),
        }
    elif leak == "spanning sources":
        changes["group"] = np.array([f"u{i // 3}" for i in range(n)], object)
        options["fold"] = np.array([str(i % 5) for i in range(n)], object)
    else:
        changes["augmented"] = np.arange(n) < 30
        options["fold"] = np.array([str(i % 5) for i in range(n)], object)
    found, audit = checks(world, area, samples_of(world, **changes), **options)
    assert found == {leak}
    (finding,) = audit.problems()
    assert 0 < finding.rows.sum() <= n
    if leak == "giveaway":
        assert "'leak' alone tells 'F_NF'" in finding.text


def test_labels_broadcast_within_their_named_source_are_no_problem(clean):
    world, area = clean
    n = len(world.places)
    unit = np.arange(n) // 4
    changed = samples_of(world, shares=world.labels[unit * 4], group=np.array([f"u{u}" for u in unit], object))
    found, audit = checks(world, area, changed)
    assert found == set()
    assert audit.repeated == 0


def test_rounded_labels_are_told_from_broadcast_ones_where_sources_are_named(clean):
    world, area = clean
    n = len(world.places)
    twos = np.array([f"u{i // 2}" for i in range(n)], object)
    rounded = np.round(world.labels * 10)
    rounded[:, 0] += 10 - rounded.sum(1)
    found, audit = checks(world, area, samples_of(world, shares=rounded / 10, group=twos))
    assert audit.repeated > 0.2
    assert not audit.broadcast
    assert found == set()
    places = samples_of(world).xy
    town = cKDTree(places[:: n // 40]).query(places)[1]
    means = np.stack([np.bincount(town, column) / np.bincount(town) for column in world.labels.T], 1)
    found, audit = checks(world, area, samples_of(world, shares=means[town], group=twos))
    assert audit.broadcast
    assert found == {"repeated labels"}


def planner_of(world, area, samples, **options):
    from affine import Affine
    from regionwise.core.data.raster.grids import Grid

    grid = Grid(CRS.from_epsg(32648), Affine(90, 0, 0, 0, -90, 0), 160, 160)
    values = {"folds": 4, "seed": 0, "field_of_view": 15 * 90.0, "region": np.full(len(samples), "", object)} | options
    return Planner(samples, grid, area, **values)


def test_blocks_keep_tested_places_out_of_training_windows(clean):
    world, area = clean
    samples = samples_of(world)
    plan = planner_of(world, area, samples).plan("blocks")
    assert "buffer 675" in plan.reason
    for split in plan.splits:
        known = np.concatenate([split.train, split.validation])
        gaps = np.abs(samples.xy[known][:, None] - samples.xy[split.test][None]).max(2)
        assert gaps.min() >= 7.5 * 90
    tested = np.concatenate([split.test for split in plan.splits])
    assert sorted(tested) == list(range(len(samples)))


def test_blocks_keep_areas_apart_by_their_borders_not_by_a_point_in_them(clean):
    world, area = clean
    samples = samples_of(world)
    wide = samples_of(world, geometry=samples.geometry.buffer(400, cap_style="square"))
    for split in planner_of(world, area, wide).plan("blocks").splits:
        known = np.concatenate([split.train, split.validation])
        gaps = np.abs(wide.xy[known][:, None] - wide.xy[split.test][None]).max(2)
        assert gaps.min() >= 7.5 * 90 + 2 * 400 - 1e-6


@pytest.mark.parametrize("kind", ["knndm", "grouped"])
def test_predicted_labels_do_not_train_where_their_neighbours_are_tested(kind):
    rng = np.random.default_rng(0)
    world = simulate_world(160, "clustered", 5)
    observed = samples_of(world)
    n = len(observed)
    near = observed.xy + rng.normal(0, 5, (n, 2))  # an unlabelled unit beside each labelled one
    both = samples_of(
        world, geometry=gpd.GeoSeries(gpd.points_from_xy(*np.concatenate([observed.xy, near]).T), crs="EPSG:32648"),
        xy=np.concatenate([observed.xy, near]), shares=np.tile(observed.shares, (2, 1)),
        group=np.array([f"u{i}" for i in range(2 * n)], object), weight=np.ones(2 * n),
        augmented=np.arange(2 * n) >= n, row=np.arange(1, 2 * n + 1),
    )  # fmt: skip
    rows, cols = np.nonzero(world.settled)
    area = np.stack([cols * 90.0, -rows * 90.0], 1)
    plan = planner_of(world, area, both, field_of_view=0.0).plan(kind)
    for split in plan.splits:
        trains = split.train[split.train >= n]
        assert len(trains)
        gap = np.hypot(*(both.xy[trains][:, None] - both.xy[split.test][None]).T).min()
        twin = np.isin(trains - n, split.test)
        assert not twin.any(), f"{twin.sum()} twins of tested samples train, the nearest at {gap:.0f} m"


def test_map_places_are_found_in_a_raster_that_is_nearly_empty(write, tmp_path, monkeypatch):
    values = np.full((1, 2048, 2048), -1, np.float32)
    values[0, 1500:1600, 300:420] = 7
    layer = write(tmp_path / "day.tif", values, nodata=-1)
    with Stack({"day": (layer,)}) as stack:
        found = area_places.map_places(stack, 0).xy
        assert len(found) == 2000  # of 12,000 cells
        cells = np.array([~stack.grid.transform @ place for place in found.tolist()])
        assert (cells >= (300, 1500)).all()
        assert (cells < (420, 1600)).all()
        assert len(np.unique(cells // 64, axis=0)) > 4
        monkeypatch.setattr(area_places, "MOST_READS", 1)  # as where a county lies in a national mosaic
        known = np.array([stack.grid.transform @ (350.5, 1550.5)])
        assert len(area_places.map_places(stack, 0, known).xy) == 2000
        with pytest.raises(RegionwiseError, match="hold next to no data: 1 windows"):
            area_places.map_places(stack, 0)


@pytest.mark.parametrize("kind", ["random", "grouped", "blocks", "knndm", "regions", "new region"])
def test_most_samples_train_and_few_choose_the_best_epoch(kind):
    world = simulate_world(192, "clustered", 5)
    rows, cols = np.nonzero(world.settled)
    samples = samples_of(world)
    region = np.array([f"R{x > samples.xy[:, 0].mean():d}" for x in samples.xy[:, 0]], object)
    planner = planner_of(world, np.stack([cols * 90.0, -rows * 90.0], 1), samples, field_of_view=90.0, region=region)
    for split in planner.plan(kind).splits:
        assert 0.1 < len(split.validation) / (len(split.train) + len(split.validation)) < 0.45
        assert len(split.train) + len(split.validation) + len(split.test) > 0.8 * len(samples)


def test_every_plan_partitions_the_tested_samples_and_keeps_sources_whole(clean):
    world, area = clean
    n = len(world.places)
    group = np.array([f"u{i // 2}" for i in range(n)], object)
    region = np.array([f"R{i // 2 % 3}" for i in range(n)], object)
    samples = samples_of(world, group=group)
    planner = planner_of(world, area, samples, field_of_view=90.0, region=region)
    for kind in ("grouped", "knndm", "regions", "new region"):
        splits = planner.plan(kind).splits
        for split in splits:
            known = np.concatenate([split.train, split.validation])
            assert not set(group[known]) & set(group[split.test]), kind
    with pytest.raises(RegionwiseError, match="names 0 region; two or more are needed"):
        planner_of(world, area, samples).plan("regions")


def test_auto_takes_knndm_whose_folds_are_random_unless_samples_are_clustered(clean):
    world, area = clean
    even = planner_of(world, area, samples_of(world)).plan("auto")
    assert even.kind == "knndm" and not even.knndm_folds.clustered
    assert even.reason.startswith("Samples lie no nearer to each other than the map's cells lie to them, so folds are")
    huddle = simulate_world(160, "clustered", 5)
    plan = planner_of(huddle, area, samples_of(huddle)).plan("auto")
    assert plan.kind == "knndm"
    assert plan.reason.startswith("Samples are clustered: ")


def test_sources_that_lie_among_each_other_are_told_apart_by_their_samples_not_by_their_means():
    """As those of surveyors who went anywhere: their means all lie in the middle."""
    rng = np.random.default_rng(0)
    places, area = rng.uniform(0, 100, (400, 2)), rng.uniform(0, 100, (1000, 2))
    surveyor = np.arange(400) % 20
    assert not is_clustered(places, area, surveyor)
    found = knndm(places, area, 5, 0, surveyor)
    assert not found.clustered and len(found.fold) == 20
    assert found.gap < 0.5 and found.gap == pytest.approx(found.random_gap)
    between = nearest_in_other_folds(places, found.fold[surveyor])
    np.testing.assert_allclose(np.sort(between), found.curves["between folds"])
    assert is_clustered(huddled(rng), area, surveyor)  # where they all went to the same few places


def test_sources_that_lie_together_stand_for_themselves_by_their_means():
    rng = np.random.default_rng(0)
    area, village = rng.uniform(0, 100, (1000, 2)), np.repeat(np.arange(60), 10)
    means = rng.uniform(0, 100, (60, 2))
    places = means[village] + rng.normal(0, 0.5, (600, 2))
    assert is_clustered(places, area) and not is_clustered(places, area, village)
    found = knndm(places, area, 5, 0, village)
    assert not found.clustered and len(found.curves["between samples"]) == 60


def test_the_nearest_place_of_another_source_is_found_in_large_sources_too():
    rng = np.random.default_rng(0)
    places, source = rng.uniform(0, 100, (300, 2)), np.where(np.arange(300) < 200, 0, np.arange(300) % 7 + 1)
    far = np.hypot(*(places[:, None] - places[None]).T)
    far[source[:, None] == source] = np.inf
    np.testing.assert_allclose(nearest_of_others(places, source), far.min(1))


@given(st.integers(0, 99), st.floats(0.1, 1.0))
def test_fractions_are_nested_whole_sources_and_the_test_part_stays(seed, fraction):
    group = np.array([f"s{i // 3}" for i in range(90)], object)
    split = Split("a", np.arange(60), np.arange(60, 75), np.arange(75, 90))
    small, half = fraction_of(split, fraction / 2, group, seed), fraction_of(split, fraction, group, seed)
    assert set(small.train) <= set(half.train)
    np.testing.assert_array_equal(small.test, split.test)
    assert len(half.validation) <= len(split.validation)
    for part, whole in ((half.train, split.train), (half.validation, split.validation)):
        for name in set(group[part]):
            assert set(np.flatnonzero(group == name)) & set(whole) <= set(part)


def test_a_band_that_tells_a_component_gets_a_word_and_an_attribute_the_order(clean):
    world, area = clean
    leak = np.exp(world.labels[:, 1]) + np.random.default_rng(0).normal(0, 1e-3, len(world.labels))
    found, audit = checks(world, area, samples_of(world), bands={"evi 1": leak, "evi 2": -leak, "flat": leak * 0 + 3})
    assert found == set()
    telling, constant = (f for f in audit.findings if f.check in ("telling band", "constant bands"))
    assert not telling.problem
    assert "'evi 1' (as do 1 other bands) alone tells 'F_NF'" in telling.text
    assert "see to it that it was not made from these labels" in telling.text and "Leave" not in telling.text
    assert "One value at all samples: 'flat'" in constant.text
    found, audit = checks(world, area, samples_of(world), attributes={"evi 1": leak})
    assert found == {"giveaway"}
    assert "'evi 1' alone tells 'F_NF'" in audit.problems()[0].text
    assert audit.problems()[0].text.endswith("Leave it out.")


def test_schemes_say_what_their_folds_keep_whole():
    huddle = simulate_world(160, "clustered", 5)
    rows, cols = np.nonzero(huddle.settled)
    samples = samples_of(huddle, group=np.array([f"u{i // 2}" for i in range(len(huddle.places))], object))
    region = np.array([f"R{x > samples.xy[:, 0].mean():d}" for x in samples.xy[:, 0]], object)
    sources = samples.group
    planner = planner_of(huddle, np.stack([cols * 90.0, -rows * 90.0], 1), samples, field_of_view=90.0, region=region)
    names = {
        "random": "sources", "grouped": "sources", "blocks": "blocks", "knndm": "kNNDM clusters", "regions": "regions",
        "new region": "regions",
    }  # fmt: skip
    for kind, name in names.items():
        plan = planner.plan(kind)
        assert plan.unit_name == name and len(plan.unit) == len(samples)
        tested = [set(plan.unit[split.test]) for split in plan.splits]
        if kind != "random":
            assert sum(map(len, tested)) == len(set.union(*tested)), f"{kind}: folds cut a unit"
        if name == "sources":
            np.testing.assert_array_equal(plan.unit, sources)
    knndm_plan = planner.plan("knndm")
    assert len(set(knndm_plan.unit)) == knndm_plan.knndm_folds.clusters < len(set(sources))
    assert (
        planner_of(huddle, planner.area, samples, field_of_view=90.0).plan("new region").unit_name == "large clusters"
    )
    np.testing.assert_array_equal(planner.plan("regions").unit, region)
    layer = np.array([f"valley {i // 2 % 8}" for i in range(len(samples))], object)  # no source lies in two
    plan = planner_of(huddle, planner.area, samples, field_of_view=0.0, cv_blocks=layer).plan("blocks")
    assert set(plan.unit) == set(layer)


def test_folds_that_deal_each_source_alone_keep_sources_whole(clean):
    world, area = clean
    for group, name in ((np.arange(len(world.places)), "samples"), (np.arange(len(world.places)) // 2, "sources")):
        samples = samples_of(world, group=np.array([f"u{i}" for i in group], object))
        planner = planner_of(world, area, samples, field_of_view=90.0)
        plan = planner.plan("knndm")
        assert plan.knndm_folds.clusters == len(set(group))
        assert plan.unit_name == name == planner.plan("random").unit_name
        np.testing.assert_array_equal(plan.unit, samples.group)
