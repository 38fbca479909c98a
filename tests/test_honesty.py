"""Scores that can be trusted: kNNDM, the audit, calibration, ensembles and applicability against known answers."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core import densities, ensembles
from regionwise.core.audit import audit_samples
from regionwise.core.distances import nearest_in_other_folds, positions
from regionwise.core.errors import RegionwiseError
from regionwise.core.knndm import is_clustered, knndm
from regionwise.core.models import read_model
from regionwise.core.params import Layer
from regionwise.core.params_composition import CompositionMapping
from regionwise.core.params_evaluation import (
    ApplicabilityMapping,
    MapSummary,
    MapValidation,
    RegionWeighing,
    SampleAudit,
    SampleProposal,
)
from regionwise.core.rasters import Stack
from regionwise.core.simulator import PRECISION, simulate_world
from regionwise.core.splits import Split, fraction_of
from regionwise.core.tasks.applicability import map_applicability, propose_samples
from regionwise.core.tasks.audit import check_samples
from regionwise.core.tasks.composition import train, train_regions
from regionwise.core.tasks.composition_map import map_composition
from regionwise.core.tasks.validation import summarise_map, validate_map
from regionwise.core.tasks.weighing import weigh_regions
from regionwise.core.validation import Planner
from regionwise.core.zonal import cell_areas, zonal_means
from scipy.stats import kstest
from shapely.geometry import Point, box
from support import run_task

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


def test_knndm_of_many_places_takes_no_quadratic_memory():
    rng = np.random.default_rng(0)
    found = knndm(huddled(rng, 9000, 60), rng.uniform(0, 100, (500, 2)), 5, 0)
    assert found.clustered
    assert found.gap < found.random_gap


def test_degrees_become_distances_in_metres():
    xy = np.array([[0.0, 60.0], [1.0, 60.0], [0.0, 61.0]])
    places = positions(xy, CRS.from_epsg(4326))
    east, north = np.linalg.norm(places[1] - places[0]), np.linalg.norm(places[2] - places[0])
    assert abs(east / 55_597 - 1) < 1e-3  # a degree of longitude at 60 degrees is half of one at the equator
    assert abs(north / 111_195 - 1) < 1e-3
    np.testing.assert_array_equal(positions(xy, CRS.from_epsg(32633)), xy)


def samples_of(world, **changes):
    """The samples of a simulated world as the core reads them."""
    from regionwise.core.samples import Samples

    rows, cols = world.places.T
    points = gpd.GeoSeries(gpd.points_from_xy(cols * 90.0, -rows * 90.0), crs="EPSG:32648")
    n = len(rows)
    values = {
        "geometry": points, "xy": np.stack([cols * 90.0, -rows * 90.0], 1), "shares": world.labels,
        "components": TARGETS, "source": np.array([f"u{s}" for s in world.source], object), "weight": np.ones(n),
        "augmented": np.zeros(n, bool), "row": np.arange(1, n + 1), "notices": (),
    }  # fmt: skip
    return Samples(**(values | changes))


@pytest.fixture(scope="module")
def clean():
    """A world whose samples have nothing wrong, and what an audit needs besides them."""
    world = simulate_world(160, "uniform", 5)
    rows, cols = np.nonzero(world.settled)
    return world, np.stack([cols * 90.0, -rows * 90.0], 1)


def checks(world, area, samples, **options):
    audit = audit_samples(samples, samples.xy, area, **options)
    return {finding.check for finding in audit.problems()}, audit


def test_the_audit_raises_no_false_alarm_on_a_clean_design(clean):
    world, area = clean
    bands = {f"b{i}": band[tuple(world.places.T)] for i, band in enumerate((*world.day, *world.night))}
    found, audit = checks(world, area, samples_of(world), features=bands)
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
        options["features"] = {"noise": rng.normal(size=n), "leak": np.exp(world.labels[:, 1]) + rng.normal(0, 1e-3, n)}
    elif leak == "spanning sources":
        changes["source"] = np.array([f"u{i // 3}" for i in range(n)], object)
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
    changed = samples_of(world, shares=world.labels[unit * 4], source=np.array([f"u{u}" for u in unit], object))
    found, audit = checks(world, area, changed)
    assert found == set()
    assert audit.repeated == 0


def planner_of(world, area, samples, **options):
    from affine import Affine
    from regionwise.core.rasters import Grid

    grid = Grid(CRS.from_epsg(32648), Affine(90, 0, 0, 0, -90, 0), 160, 160)
    values = {"folds": 4, "seed": 0, "reach": 15 * 90.0, "region": np.full(len(samples), "", object)} | options
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


def test_every_plan_partitions_the_tested_samples_and_keeps_sources_whole(clean):
    world, area = clean
    n = len(world.places)
    source = np.array([f"u{i // 2}" for i in range(n)], object)
    region = np.array([f"R{i // 2 % 3}" for i in range(n)], object)
    samples = samples_of(world, source=source)
    planner = planner_of(world, area, samples, reach=90.0, region=region)
    for kind in ("grouped", "knndm", "regions", "new region"):
        splits = planner.plan(kind).splits
        for split in splits:
            known = np.concatenate([split.train, split.validation])
            assert not set(source[known]) & set(source[split.test]), kind
    with pytest.raises(RegionwiseError, match="names 0 region; two or more are needed"):
        planner_of(world, area, samples).plan("regions")


def test_auto_takes_knndm_for_clustered_samples_and_says_why(clean):
    world, area = clean
    assert planner_of(world, area, samples_of(world)).plan("auto").kind == "blocks"
    huddle = simulate_world(160, "clustered", 5)
    plan = planner_of(huddle, area, samples_of(huddle)).plan("auto")
    assert plan.kind == "knndm"
    assert plan.reason.startswith("Samples are clustered, so validation is kNNDM")


@given(st.integers(0, 99), st.floats(0.1, 1.0))
def test_fractions_are_nested_whole_sources_and_the_test_part_stays(seed, fraction):
    source = np.array([f"s{i // 3}" for i in range(90)], object)
    split = Split("a", np.arange(60), np.arange(60, 75), np.arange(75, 90))
    small, half = fraction_of(split, fraction / 2, source, seed), fraction_of(split, fraction, source, seed)
    assert set(small.train) <= set(half.train)
    np.testing.assert_array_equal(small.test, split.test)
    assert len(half.validation) <= len(split.validation)
    for part, whole in ((half.train, split.train), (half.validation, split.validation)):
        for name in set(source[part]):
            assert set(np.flatnonzero(source == name)) & set(whole) <= set(part)


def dirichlet_sample(n, precision, seed=0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(4), n)
    drawn = rng.gamma(precision * shares + 1e-9)
    return shares, drawn / drawn.sum(1, keepdims=True)


def test_calibration_finds_the_concentration_that_drew_the_labels():
    shares, observed = dirichlet_sample(3000, 20.0)
    factor = densities.fit_factor(shares, np.full(3000, 5.0), observed)
    assert abs(factor / 4 - 1) < 0.1
    region = np.where(np.arange(3000) < 1500, "a", "b").astype(object)
    claimed = np.where(region == "a", 20.0, 10.0)
    factors = densities.fit_factors(shares, claimed, observed, region)
    assert abs(factors["a"] - 1) < 0.15  # labels near 0 are raised, which looks like precision
    assert abs(factors["b"] - 2) < 0.3
    assert factors["a"] < factors[""] < factors["b"]
    np.testing.assert_allclose(
        densities.factor_of(factors, np.array(["a", "unknown"], object)), [factors["a"], factors[""]]
    )


def test_calibrated_predictions_have_a_flat_transform_and_bands_that_hold_their_level():
    shares, observed = dirichlet_sample(6000, 20.0)
    concentration = np.full(6000, 20.0)
    transform = densities.pit(shares, concentration, observed)
    inner = (shares[:, 0] > 0.05) & (shares[:, 0] < 0.95)
    assert kstest(transform[inner, 0], "uniform").statistic < 0.03
    conformal = densities.fit_conformal(shares[:3000], concentration[:3000], observed[:3000], TARGETS)
    rows = densities.coverage_rows(shares[3000:], concentration[3000:], observed[3000:], TARGETS, conformal)
    for row in rows:
        assert abs(row["mean"] - row["level"]) < 0.02


def test_a_mixture_has_the_moments_of_its_parts():
    shares = np.array([[0.7, 0.2, 0.1]]), np.array([[0.1, 0.2, 0.7]])
    mean, concentration = densities.mixture_moments(shares, (np.array([9.0]), np.array([19.0])), np.array([0.25, 0.75]))
    np.testing.assert_allclose(mean, [[0.25, 0.2, 0.55]])
    rng = np.random.default_rng(0)
    first = rng.random(400_000) < 0.25
    drawn = np.where(
        first[:, None], rng.dirichlet(9 * shares[0][0], 400_000), rng.dirichlet(19 * shares[1][0], 400_000)
    )
    total = drawn.var(0).sum()
    expected = (mean * (1 - mean)).sum() / (concentration[0] + 1)
    assert abs(expected / total - 1) < 0.01


def two_models(n, seed, share):
    """Log densities of labels drawn from two models mixed with weight `share` of the first, and predictions."""
    rng = np.random.default_rng(seed)
    predictions = [rng.dirichlet(np.ones(3) * 2, n) for _ in range(2)]
    first = rng.random(n) < share
    mean = np.where(first[:, None], *predictions)
    observed = rng.gamma(15 * mean)
    observed /= observed.sum(1, keepdims=True)
    found = [densities.log_density(p, np.full(n, 15.0), observed) for p in predictions]
    return np.stack(found, 1), predictions, observed


@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_learned_weights_are_near_the_optimum_at_200_groups_a_region(share):
    errors = []
    for seed in range(5):
        log_densities, _, _ = two_models(200, seed, share)
        errors.append(abs(ensembles.mixture_weights(log_densities)[0] - share))
    assert np.median(errors) < 0.1


def test_regional_weights_are_drawn_to_the_pooled_ones():
    many, few = two_models(400, 0, 0.9)[0], two_models(4, 1, 0.0)[0]
    region = np.array(["many"] * 400 + ["few"] * 4, object)
    weights, pooled = ensembles.regional_weights(np.concatenate([many, few]), region)
    assert abs(weights["many"][0] - 0.9) < 0.06
    assert weights["few"][0] > 0.5 * pooled[0]  # four samples do not overrule four hundred
    alone = ensembles.mixture_weights(few)
    assert alone[0] < weights["few"][0]


def predictions_layer(path, shares, observed, fold, concentration=15.0, suffix=""):
    names = [f"c{i}" for i in range(3)]
    columns = {"row": np.arange(1, len(observed) + 1), "source": [f"u{i}" for i in range(len(observed))], "region": ""}
    columns |= {name: observed[:, i] for i, name in enumerate(names)}
    columns |= {f"fold{suffix}": fold, f"conc{suffix}": concentration}
    columns |= {f"{name}_pred{suffix}": shares[:, i] for i, name in enumerate(names)}
    points = gpd.points_from_xy(np.arange(len(observed)), np.zeros(len(observed)))
    gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:32648").to_file(path)
    return Layer(str(path), path.stem)


def test_weighregions_learns_each_region_and_is_never_worse_than_the_better_model(tmp_path):
    parts = [two_models(200, seed, share) for seed, share in enumerate((0.1, 0.9, 0.5))]
    observed = np.concatenate([p[2] for p in parts])
    shares = [np.concatenate([p[1][i] for p in parts]) for i in range(2)]
    region = np.repeat(["A", "B", "C"], 200)
    params = RegionWeighing(
        predictions=predictions_layer(tmp_path / "g.gpkg", shares[0], observed, "fold 1"),
        regional_predictions=predictions_layer(tmp_path / "r.gpkg", shares[1], observed, region, suffix="_within"),
        targets=("c0", "c1", "c2"), weights=str(tmp_path / "w.csv"), report=str(tmp_path / "w.html"),
    )  # fmt: skip
    ran = run_task(weigh_regions, params, tmp_path / "j")
    table = pd.read_csv(tmp_path / "w.csv").set_index("region")
    np.testing.assert_allclose(table["global"], [0.1, 0.9, 0.5], atol=0.1)
    np.testing.assert_allclose(table["global"] + table["regional"], 1)
    assert ensembles.read_weights(Layer(str(tmp_path / "w.csv"), "w"), ["A", "B", "C"])["B"][0] > 0.8
    assert ran.result.numbers == {"REGIONS": 3}
    assert "learned" in (tmp_path / "w.html").read_text()
    other = dataclasses.replace(params, regional_predictions=Layer(params.predictions.path, "g"), targets=("c0", "x"))
    with pytest.raises(RegionwiseError, match="Layer 'g' has no field 'x'"):
        run_task(weigh_regions, other, tmp_path / "k")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """A trained and mapped clustered world, made once: folder and the function that makes layers of it."""
    from regionwise.core.params_composition import CompositionTraining, Simulation
    from regionwise.core.tasks.simulation import simulate

    folder = tmp_path_factory.mktemp("mapped")
    simulation = Simulation(size=160, seed=2, design="clustered", settled_only=True, output_folder=str(folder))
    run_task(simulate, simulation, folder)

    def layer(name):
        return Layer(str(folder / name), name.split(".")[0])

    params = CompositionTraining(
        day=(layer("day.tif"),), night=(layer("night.tif"),), samples=layer("samples.gpkg"), targets=TARGETS,
        source_field="source", region_field="region", model_type="boosting", folds=4, windows="1 3 11",
        model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"), report=str(folder / "r.html"),
        predictions=str(folder / "p.gpkg"), figures=str(folder / "figures"),
    )  # fmt: skip
    ran = run_task(train, params, folder / "train")
    mapping = CompositionMapping(
        day=params.day, night=params.night, model=params.model, output=str(folder / "map.tif"),
        uncertainty=str(folder / "u.tif"), intervals=str(folder / "i.tif"),
    )  # fmt: skip
    run_task(map_composition, mapping, folder / "map")
    return folder, layer, params, ran


def read(path):
    with rasterio.open(path) as file:
        return file.read(masked=True).filled(np.nan), file.descriptions


def test_training_prints_random_beside_spatial_and_what_to_expect(mapped):
    folder, _, _, ran = mapped
    assert "Validation: knndm. Samples are clustered" in ran.log
    assert "Beside it, random (boosting): mean R2" in ran.log
    assert "Beside it, new region (boosting): mean R2" in ran.log
    assert "Expect an error (RMSE of a share) of 0." in ran.log
    assert "Do not believe the random score" in ran.log
    scores = pd.read_csv(folder / "s.csv")
    means = scores[(scores["part"] == "all") & (scores["component"] == "mean")]
    assert set(means["validation"]) == {"knndm", "random", "new region"}
    assert "mean of the region" in set(means["model"])
    claimed = means[means["model"] == "boosting"].set_index("validation")["r2"]
    assert claimed["random"] > claimed["knndm"] + 0.1


def test_figures_are_written_as_pictures_and_numbers(mapped):
    folder = mapped[0]
    names = {path.name for path in (folder / "figures").iterdir()}
    assert "observed_and_predicted__knndm.png" in names
    assert "observed_and_predicted__knndm.csv" in names
    assert {"reliability__knndm.png", "distances__knndm.png", "residuals__knndm.png"} <= names
    data = pd.read_csv(folder / "figures" / "observed_and_predicted__knndm.csv")
    assert list(data)[:2] == ["F observed", "F predicted"]


def test_map_of_trees_tells_data_and_model_part_and_bands_that_hold(mapped):
    folder = mapped[0]
    shares, names = read(folder / "map.tif")
    valid = np.isfinite(shares[0])
    np.testing.assert_allclose(shares.sum(0)[valid], 1, atol=1e-5)
    unsure, bands = read(folder / "u.tif")
    part = {name: unsure[i][valid] for i, name in enumerate(bands)}
    for name in names:
        np.testing.assert_allclose(
            part[f"{name}_sd"] ** 2, part[f"{name}_sd_data"] ** 2 + part[f"{name}_sd_model"] ** 2, atol=1e-5
        )
    assert (part["regional_weight"] == 0).all()
    p = shares[:, valid]
    np.testing.assert_allclose(part["entropy"], -(p * np.log(np.maximum(p, 1e-12))).sum(0), atol=1e-4)
    bounds, _ = read(folder / "i.tif")
    world = simulate_world(160, "clustered", 2)
    labels = np.random.default_rng(0).gamma(PRECISION * world.shares[:, valid] + 1e-9)
    labels /= labels.sum(0)
    inside = (labels >= bounds[:4, valid]) & (labels <= bounds[4:, valid])
    assert 0.82 < inside.mean() < 0.97


def test_tiles_do_not_change_the_map_of_trees(mapped, monkeypatch, tmp_path):
    from regionwise.core import mapping

    folder, _, params, _ = mapped
    whole = read(folder / "map.tif")[0]
    monkeypatch.setattr(mapping, "TILE_SIDES", (48,))
    plan = CompositionMapping(day=params.day, night=params.night, model=params.model, output=str(tmp_path / "t.tif"))
    run_task(map_composition, plan, tmp_path / "j")
    np.testing.assert_allclose(read(tmp_path / "t.tif")[0], whole, atol=1e-5)


def test_errors_are_larger_outside_the_area_of_applicability(mapped, tmp_path, write):
    folder, _, params, _ = mapped
    reach = ApplicabilityMapping(day=params.day, night=params.night, model=params.model, output=str(tmp_path / "a.tif"))
    ran = run_task(map_applicability, reach, tmp_path / "j")
    found, names = read(tmp_path / "a.tif")
    assert names == ("dissimilarity", "inside", "density", "expected_error")
    valid = np.isfinite(found[0])
    np.testing.assert_array_equal(valid, np.isfinite(read(folder / "map.tif")[0][0]))
    threshold = read_model(params.model).card.applicability["threshold"]
    np.testing.assert_array_equal(found[1][valid] == 1, found[0][valid] <= threshold + 1e-6)
    np.testing.assert_array_equal(found[2][valid] > 0, found[1][valid] == 1)
    assert abs(ran.result.numbers["INSIDE"] - found[1][valid].mean()) < 1e-3
    order = np.argsort(found[0][valid])
    assert (np.diff(found[3][valid][order]) >= -1e-6).all()
    day, night = (read(folder / name)[0] for name in ("day.tif", "night.tif"))
    far = dataclasses.replace(
        reach,
        day=(write(tmp_path / "day.tif", (day + 20).astype(np.float32), names=[b["name"] for b in read_model(
            params.model).card.bands if b["sensor"] == "day"]),),
        night=(write(tmp_path / "VIIRS.tif", night.astype(np.float32)),),
        output=str(tmp_path / "far.tif"),
    )  # fmt: skip
    assert run_task(map_applicability, far, tmp_path / "k").result.numbers["INSIDE"] == 0


def test_proposals_are_unlike_the_samples_apart_and_cheap(mapped, tmp_path, write):
    folder, layer, params, _ = mapped
    with rasterio.open(folder / "day.tif") as file:
        place = {"transform": file.transform, "crs": file.crs}
    cost = np.where(np.arange(160)[None] < 80, 1.0, 100.0) * np.ones((160, 1))
    proposal = SampleProposal(
        day=params.day, night=params.night, model=params.model, uncertainty=layer("u.tif"), count=15, distance=400,
        cost=write(tmp_path / "cost.tif", cost.astype(np.float32), **place), output=str(tmp_path / "n.gpkg"),
    )  # fmt: skip
    run_task(propose_samples, proposal, tmp_path / "j")
    out = gpd.read_file(tmp_path / "n.gpkg")
    assert out["rank"].tolist() == list(range(1, 16))
    assert (np.diff(out["worth"]) <= 1e-9).all()
    xy = np.stack([out.geometry.x, out.geometry.y], 1)
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2)[~np.eye(15, dtype=bool)]
    assert gaps.min() > 400
    assert (out["cost"] == 1).all()
    reach = ApplicabilityMapping(day=params.day, night=params.night, model=params.model, output=str(tmp_path / "a.tif"))
    run_task(map_applicability, reach, tmp_path / "k")
    typical = np.nanmedian(read(tmp_path / "a.tif")[0][0])
    assert out["dissimilarity"].median() > typical


def test_zonal_means_weigh_cells_by_area(write, tmp_path):
    from affine import Affine

    values = np.stack([np.arange(12.0).reshape(3, 4), np.ones((3, 4))]).astype(np.float32)
    values[0, 0, 3] = -9999
    degrees = Affine(10, 0, 0, 0, -20, 80)
    layer = write(tmp_path / "m.tif", values, transform=degrees, crs=CRS.from_epsg(4326), nodata=-9999)
    shapes = gpd.GeoSeries([box(0, 20, 20, 80), Point(35, 75), Point(15, 25), box(50, 20, 60, 30)])
    with Stack({"map": (layer,)}) as stack:
        means, area, cells = zonal_means(stack, shapes)
        rows = cell_areas(stack.grid, stack.grid.area)
    weight = np.cos(np.radians([70, 50, 30]))
    np.testing.assert_allclose(means[0, 0], (weight * [0.5, 4.5, 8.5]).sum() / weight.sum(), rtol=1e-6)
    assert np.isnan(means[1, 0])
    assert means[2].tolist() == [9, 1]
    assert cells.tolist() == [6, 0, 1, 0]
    np.testing.assert_allclose(rows / rows[0], weight / weight[0])
    np.testing.assert_allclose(area[0], 2 * rows.sum())


def test_a_perfect_map_validates_with_1_at_every_level(mapped, tmp_path):
    folder, layer, _, _ = mapped
    shares, _ = read(folder / "map.tif")
    with rasterio.open(folder / "map.tif") as file:
        rows, cols = np.nonzero(np.isfinite(shares[0]))
        pick = np.random.default_rng(0).permutation(len(rows))[:120]
        x, y = rasterio.transform.xy(file.transform, rows[pick], cols[pick])
        crs = file.crs
    exact = shares[:, rows[pick], cols[pick]].T
    columns = {name: exact[:, i] for i, name in enumerate(TARGETS)}
    columns |= {"county": [f"c{i % 10}" for i in range(120)], "income": 3 * exact[:, 0] + 1,
                "noise": np.random.default_rng(1).normal(size=120)}  # fmt: skip
    gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=crs.to_wkt()).to_file(tmp_path / "ref.gpkg")
    params = MapValidation(
        map=layer("map.tif"), reference=Layer(str(tmp_path / "ref.gpkg"), "ref"), targets=TARGETS,
        indicators=("income", "noise"), level_field="county", output=str(tmp_path / "v.gpkg"),
        scores=str(tmp_path / "v.csv"), correlations=str(tmp_path / "c.csv"), report=str(tmp_path / "v.html"),
        figures=str(tmp_path / "figures"),
    )  # fmt: skip
    ran = run_task(validate_map, params, tmp_path / "j")
    scores = pd.read_csv(tmp_path / "v.csv")
    assert set(scores["level"]) == {"unit", "county"}
    assert (scores["r2"] > 0.9999).all()
    assert ran.result.numbers["R2_MEAN"] > 0.9999
    found = pd.read_csv(tmp_path / "c.csv").query("level == 'unit'").set_index(["indicator", "component"])
    assert found.loc[("income", "F"), "r"] > 0.999
    assert found.loc[("income", "F"), "significant"]
    assert not found.loc["noise", "significant"].all()
    assert (found["p_corrected"] >= found["p"]).all()
    np.testing.assert_allclose(gpd.read_file(tmp_path / "v.gpkg")["F_map"], exact[:, 0], atol=1e-5)
    wrong = dataclasses.replace(params, targets=("F", "income"))
    with pytest.raises(RegionwiseError, match="Band 'income' missing"):
        run_task(validate_map, wrong, tmp_path / "k")


def test_summary_holds_the_map_s_means(mapped, tmp_path):
    folder, layer, _, _ = mapped
    params = MapSummary(map=layer("map.tif"), polygons=layer("regions.gpkg"), output=str(tmp_path / "s.gpkg"))
    run_task(summarise_map, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "s.gpkg")
    np.testing.assert_allclose(out[list(TARGETS)].sum(axis=1), 1, atol=1e-5)
    shares, _ = read(folder / "map.tif")
    total = np.average(out["F"], weights=out["map_cells"])
    assert abs(total - np.nanmean(shares[0])) < 0.01
    assert out["map_area"].sum() == pytest.approx(out["map_cells"].sum() * 8100)


def test_check_samples_flags_a_layer(mapped, tmp_path):
    folder, _, params, _ = mapped
    frame = gpd.read_file(folder / "samples.gpkg")
    frame["income"] = frame["F_NF"] * 100
    frame["fold"] = [str(i % 3) for i in range(len(frame))]
    frame["unit"] = [f"u{i // 2}" for i in range(len(frame))]
    frame.to_file(tmp_path / "s.gpkg")
    audit = SampleAudit(
        samples=Layer(str(tmp_path / "s.gpkg"), "s"), targets=TARGETS, source_field="unit", region_field="region",
        fold_field="fold", features=("income",), day=params.day, night=params.night, output=str(tmp_path / "a.gpkg"),
        report=str(tmp_path / "a.html"),
    )  # fmt: skip
    ran = run_task(check_samples, audit, tmp_path / "j")
    assert ran.result.numbers["PROBLEMS"] == 2
    assert ran.result.numbers["CLUSTERED"] == 1
    out = gpd.read_file(tmp_path / "a.gpkg")
    assert out["problems"].str.contains("giveaway").all()
    assert out["problems"].str.contains("spanning sources").any()
    bare = dataclasses.replace(audit, day=(), night=(), features=(), fold_field="", source_field="")
    assert run_task(check_samples, bare, tmp_path / "k").result.numbers["PROBLEMS"] == 0


@pytest.mark.parametrize("head", ["logistic_normal", "softmax"])
def test_stack_of_network_and_trees_trains_maps_and_is_weighted(world, training, tmp_path, head):
    params = training(model_type="stack", head=head, epochs=2, predictions=str(tmp_path / "p.gpkg"))
    ran = run_task(train, params, tmp_path / "job")
    model = read_model(params.model)
    assert {m.type for m in model.card.members} == {"network", "boosting"}
    assert sum(model.card.mixture.values()) == pytest.approx(1)
    assert "random (stack): mean R2" in ran.log
    models = {row["model"] for row in model.card.scores}
    assert {"network", "boosting", "stack"} <= models
    plan = CompositionMapping(
        day=params.day, night=params.night, model=params.model, output=str(tmp_path / "m.tif"),
        uncertainty=str(tmp_path / "u.tif"),
    )  # fmt: skip
    run_task(map_composition, plan, tmp_path / "map")
    shares, _ = read(tmp_path / "m.tif")
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-5)
    assert (read(tmp_path / "u.tif")[0][4:8] > 0).all()  # even softmax has a data part, found out of fold


def test_regional_trees_are_calibrated_by_region_and_map_with_the_global_ones(world, training, tmp_path):
    regions = {"regions": Layer(str(world / "regions.gpkg"), "regions"), "region_field": "region"}
    params = training(**regions, model_type="boosting", expert="finetuned", predictions=str(tmp_path / "r.gpkg"))
    run_task(train_regions, params, tmp_path / "job")
    card = read_model(params.model).card
    assert set(card.calibration["factors"]["boosting"]) == {"", *card.regions}
    first = training(model_type="boosting", model=str(tmp_path / "g.safetensors"))
    run_task(train, first, tmp_path / "global")
    plan = CompositionMapping(
        day=first.day, night=first.night, model=first.model, regional_model=params.model, **regions,
        output=str(tmp_path / "m.tif"), uncertainty=str(tmp_path / "u.tif"),
    )  # fmt: skip
    run_task(map_composition, plan, tmp_path / "map")
    weight = read(tmp_path / "u.tif")[0][-1]
    assert 0.45 < np.median(weight) <= 0.5
    assert weight.min() >= 0


def test_learning_curve_and_search_are_written_as_they_run_and_resume(world, training, tmp_path, monkeypatch):
    from regionwise.core.learners.network import NetworkLearner

    params = training(
        epochs=2, fractions="0.5 1", repeats=2, curve=str(tmp_path / "c.csv"), search="grid",
        search_rates="0.001 0.003", search_decays="0.001", report=str(tmp_path / "r.html"),
    )  # fmt: skip
    original, calls = NetworkLearner.fit, []

    def counts(self, split, name, *args, **kwargs):
        calls.append((name, self.params.learning_rate, len(split.train), len(split.validation)))
        if len(calls) == 9:
            raise KeyboardInterrupt
        return original(self, split, name, *args, **kwargs)

    monkeypatch.setattr(NetworkLearner, "fit", counts)
    with pytest.raises(KeyboardInterrupt):
        run_task(train, params, tmp_path / "job")
    assert len(pd.read_csv(tmp_path / "c.csv")) > 0  # rows of finished runs are there
    run_task(train, params, tmp_path / "job")
    names = [name for name, *_ in calls]
    assert len(names) == len(set(names)) + 1  # only the interrupted one was repeated
    curve = pd.read_csv(tmp_path / "c.csv")
    assert sorted(curve["fraction"].unique()) == [0.5, 1]
    assert curve.groupby("fraction")["repeat"].nunique().tolist() == [2, 2]
    half, whole = (curve[curve["fraction"] == f] for f in (0.5, 1))
    assert half["train"].mean() < 0.6 * whole["train"].mean()
    assert half["validation"].mean() < 0.6 * whole["validation"].mean()
    page = (tmp_path / "r.html").read_text()
    assert "Learning curve" in page
    assert "Parameter search" in page


def test_a_search_keeps_the_member_that_validated_best(tmp_path):
    from regionwise.core.checkpoints import Checkpoints
    from regionwise.core.history import History
    from regionwise.core.learning import Trained
    from regionwise.core.protocol import Channel
    from regionwise.core.studies import Searched

    class Fake:
        type = "network"

        def __init__(self, rate=0.0):
            self.rate = rate

        def with_rates(self, rate, decay):
            return Fake(rate)

        def fit(self, split, name, report, start=None):
            # the second validates best, the third would test best
            score = {1.0: 0.2, 2.0: 0.9, 3.0: 0.5}[self.rate]
            shares = np.full((1, 2), self.rate)
            return Trained(split.name, {"x": np.zeros(1)}, shares, np.ones(1), History([1.0], [1.0], [score], 0))

    import io
    from types import SimpleNamespace

    material = SimpleNamespace(checkpoints=Checkpoints(tmp_path))
    search = Searched(Fake(), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)], material, Channel(io.BytesIO()))
    split = Split("a", np.arange(2), np.arange(2, 3), np.arange(3, 4))
    assert search.fit(split, "n", lambda f, t: None).shares[0, 0] == 2.0
    assert [row["validation_r2"] for row in search.rows] == [0.2, 0.9, 0.5]


def test_population_weighs_the_pixels_of_an_area(world, training, tmp_path, write):
    from regionwise.core.learners.boosting import BoostingLearner

    frame = gpd.read_file(world / "samples.gpkg").iloc[::3]
    frame["geometry"] = frame.geometry.buffer(300, cap_style="square")
    frame.to_file(tmp_path / "areas.gpkg")
    with rasterio.open(world / "day.tif") as file:
        place = {"transform": file.transform, "crs": file.crs}
    people = np.zeros((96, 96), np.float32)
    people[:, ::2] = 5
    seen = []
    original = BoostingLearner.fit

    def remembers(self, *args, **kwargs):
        seen.append(self._material.patches)
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BoostingLearner, "fit", remembers)
        params = training(
            samples=Layer(str(tmp_path / "areas.gpkg"), "areas"), model_type="boosting",
            pixel_weights=write(tmp_path / "people.tif", people, **place),
        )  # fmt: skip
        run_task(train, params, tmp_path / "job")
    weights = seen[0].weights
    assert set(np.unique(weights)) == {0, 5}
    assert seen[0].values.shape[1] == 8  # the population is no band of the model
    wrong = dataclasses.replace(params, pixel_weights=write(tmp_path / "debt.tif", -people - 1, **place))
    with pytest.raises(RegionwiseError, match="Pixel weights 'debt' are negative"):
        run_task(train, wrong, tmp_path / "job")
