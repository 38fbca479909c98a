"""Calibration, intervals and weights of ensembles against the distributions that drew the labels."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.families.composition.params import RegionWeighing
from regionwise.core.families.composition.weigh_regions import weigh_regions
from regionwise.core.mapping import ensemble, products
from regionwise.core.mapping.region_weights import read_weights
from regionwise.core.targets import dirichlet, stacking
from scipy.stats import kstest
from support import run_task

TARGETS = ("F", "F_NF", "NF_F", "NF")


def test_a_model_that_rightly_says_zero_is_likelier_than_one_that_doubts_it():
    observed = np.array([[0.0, 0.4, 0.6]])
    sure, doubting = np.array([[0.0, 0.4, 0.6]]), np.array([[0.04, 0.38, 0.58]])
    concentration = np.array([16.0])
    found = [float(dirichlet.log_density(p, concentration, observed)[0]) for p in (sure, doubting)]
    assert found[0] > found[1]


def dirichlet_sample(n, precision, seed=0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(4), n)
    drawn = rng.gamma(precision * shares + 1e-9)
    return shares, drawn / drawn.sum(1, keepdims=True)


def test_calibration_finds_the_concentration_that_drew_the_labels():
    shares, observed = dirichlet_sample(3000, 20.0)
    factor = dirichlet.fit_factor(shares, np.full(3000, 5.0), observed)
    assert abs(factor / 4 - 1) < 0.1
    region = np.where(np.arange(3000) < 1500, "a", "b").astype(object)
    claimed = np.where(region == "a", 20.0, 10.0)
    factors = dirichlet.fit_factors(shares, claimed, observed, region)
    assert abs(factors["a"] - 1) < 0.1
    assert abs(factors["b"] - 2) < 0.3
    assert factors["a"] < factors[""] < factors["b"]
    np.testing.assert_allclose(
        dirichlet.factor_of(factors, np.array(["a", "unknown"], object)), [factors["a"], factors[""]]
    )


def zeros_below(observed, smallest):
    recorded = np.where(observed < smallest, 0, observed)
    return recorded / recorded.sum(1, keepdims=True)


@pytest.mark.parametrize("sparse", [2.0, 0.3])
def test_deviations_are_as_large_as_those_of_labels_also_with_zeros(sparse):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(4, sparse), 4000)
    drawn = rng.gamma(15 * shares + 1e-12)
    observed = zeros_below(drawn / drawn.sum(1, keepdims=True), 1e-3)
    assert ((observed == 0).mean() > 0.2) == (sparse < 1)
    claimed = 5 * np.exp(0.3 * rng.normal(size=4000))  # of which no factor is right for all
    factor = dirichlet.fit_factor(shares, claimed, observed)
    expected = (dirichlet.share_sd(shares, factor * claimed) ** 2).sum()
    assert expected == pytest.approx(((observed - shares) ** 2).sum(), rel=1e-6)
    assert dirichlet.fit_factor(shares, np.full(4000, 15.0), observed) == pytest.approx(1, abs=0.05)


def test_factors_stay_within_bounds_where_labels_lie_on_predictions_or_nowhere_near():
    shares = np.full((50, 2), 0.5)
    limit = np.exp(dirichlet.FACTOR_LIMIT)
    assert dirichlet.fit_factor(shares, np.ones(50), shares) == pytest.approx(limit)
    assert dirichlet.fit_factor(shares, np.ones(50), np.tile([1.0, 0.0], (50, 1))) == pytest.approx(1 / limit)


@pytest.mark.parametrize("sparse", [1.0, 0.2])
def test_the_transform_of_a_true_model_is_flat_also_where_labels_are_zero(sparse):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(4, sparse), 6000)
    drawn = rng.gamma(15 * shares + 1e-12)
    observed = drawn / drawn.sum(1, keepdims=True)
    concentration = np.full(6000, 15.0)
    for labels in (observed, zeros_below(observed, dirichlet.SMALLEST_SHARE)):
        transform = dirichlet.pit(shares, concentration, labels)
        for column in transform.T:
            assert kstest(column, "uniform").statistic < 0.025
            assert np.histogram(column, 20, (0, 1), density=True)[0].max() < 1.3
    assert not np.array_equal(transform, dirichlet.pit(shares, concentration, labels, seed=1))
    # a model that is too sure is not flat
    sure = dirichlet.pit(shares, 4 * concentration, observed)
    assert min(kstest(column, "uniform").statistic for column in sure.T) > 0.05


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("sparse", [1.0, 0.2])
def test_the_transform_of_a_true_model_is_flat_where_labels_are_rounded(sparse, step):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(4, sparse), 6000)
    drawn = rng.gamma(15 * shares + 1e-12)
    steps = np.rint(drawn / drawn.sum(1, keepdims=True) / step)
    observed, concentration = steps / steps.sum(1, keepdims=True), np.full(6000, 15.0)
    for column in dirichlet.pit(shares, concentration, observed).T:
        assert np.histogram(column, 20, (0, 1), density=True)[0].max() < 1.3
    sure = dirichlet.pit(shares, 4 * concentration, observed)
    assert min(kstest(column, "uniform").statistic for column in sure.T) > 0.03


def test_a_mixture_has_the_moments_of_its_parts():
    shares = np.array([[0.7, 0.2, 0.1]]), np.array([[0.1, 0.2, 0.7]])
    mean, concentration = dirichlet.mixture_moments(shares, (np.array([9.0]), np.array([19.0])), np.array([0.25, 0.75]))
    np.testing.assert_allclose(mean, [[0.25, 0.2, 0.55]])
    rng = np.random.default_rng(0)
    first = rng.random(400_000) < 0.25
    drawn = np.where(
        first[:, None], rng.dirichlet(9 * shares[0][0], 400_000), rng.dirichlet(19 * shares[1][0], 400_000)
    )
    total = drawn.var(0).sum()
    expected = (mean * (1 - mean)).sum() / (concentration[0] + 1)
    assert abs(expected / total - 1) < 0.01


@dataclasses.dataclass
class Constant:
    """A predictor that answers the same everywhere."""

    shares: tuple[float, ...]
    concentration: float
    halo: int = 0

    def answer(self, values, wanted):
        pixels = np.ones(int(wanted.sum()), np.float32)
        return np.multiply.outer(self.shares, pixels), self.concentration * pixels

    def rest(self):
        pass


@pytest.mark.parametrize("device", ["cpu", "cuda"])  # where predictors are computed ahead by a thread
def test_bands_of_a_stack_are_as_wide_as_they_were_calibrated(device):
    shares, concentration, weights = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]]), np.array([40.0, 12.0]), (0.6, 0.4)
    parts = [p[None] for p in shares]
    mean, scored = dirichlet.mixture_moments(parts, list(concentration[:, None]), np.array(weights))
    expected = 2 * dirichlet.share_sd(mean, scored)[0]
    members = []
    for kind, one, strength, weight in zip(("network", "boosting"), shares, concentration, weights, strict=True):
        # two members of a type disagree around what the type says: nobody has scored that
        away = np.array([0.02, -0.01, -0.01])
        members += [
            ensemble.EnsembleMember(Constant(tuple(one + a), strength), "", weight / 2, kind) for a in (away, -away)
        ]
    mixed = ensemble.Ensemble(members, None, {}, 0, 0, device, 3)
    grid = Grid(CRS.from_epsg(32648), Affine(90, 0, 0, 0, -90, 0), 2, 2)
    widths = np.array([[2.0] * 3, [99.0] * 3], np.float32)  # of the experts, of which there are none
    predict = products.tile_predictor(mixed, grid, {"shares": products.shares, "intervals": products.intervals(widths)})
    found = predict(Tile(0, 0, 2, 2), np.zeros((1, 2, 2), np.float32), np.ones((2, 2), bool))
    np.testing.assert_allclose(found["shares"][:, 0], mean[0], atol=1e-6)
    low, high = found["intervals"][:3, 0], found["intervals"][3:6, 0]
    np.testing.assert_allclose(high, np.clip(mean[0] + expected, 0, 1), atol=2e-3)
    np.testing.assert_allclose(low, np.clip(mean[0] - expected, 0, 1), atol=2e-3)


def two_models(n, seed, share):
    """Log densities of labels drawn from two models mixed with weight `share` of the first, and predictions."""
    rng = np.random.default_rng(seed)
    predictions = [rng.dirichlet(np.ones(3) * 2, n) for _ in range(2)]
    first = rng.random(n) < share
    mean = np.where(first[:, None], *predictions)
    observed = rng.gamma(15 * mean)
    observed /= observed.sum(1, keepdims=True)
    found = [dirichlet.log_density(p, np.full(n, 15.0), observed) for p in predictions]
    return np.stack(found, 1), predictions, observed


@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_learned_weights_are_near_the_optimum_at_200_groups_a_region(share):
    errors = []
    for seed in range(5):
        log_densities, _, _ = two_models(200, seed, share)
        errors.append(abs(stacking.mixture_weights(log_densities)[0] - share))
    assert np.median(errors) < 0.1


def test_regional_weights_are_drawn_to_the_pooled_ones():
    many, few = two_models(400, 0, 0.9)[0], two_models(4, 1, 0.0)[0]
    region = np.array(["many"] * 400 + ["few"] * 4, object)
    weights, pooled = stacking.regional_weights(np.concatenate([many, few]), region)
    assert abs(weights["many"][0] - 0.9) < 0.06
    assert weights["few"][0] > 0.5 * pooled[0]  # four samples do not overrule four hundred
    alone = stacking.mixture_weights(few)
    assert alone[0] < weights["few"][0]


def predictions_layer(path, shares, observed, fold, validation="grouped", suffix=""):
    names = [f"c{i}" for i in range(3)]
    columns = {"row": np.arange(1, len(observed) + 1), "source": [f"u{i}" for i in range(len(observed))], "region": ""}
    columns |= {name: observed[:, i] for i, name in enumerate(names)}
    columns |= {"validation": validation, f"fold{suffix}": fold, f"conc{suffix}": 15.0}
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
        regional_predictions=predictions_layer(
            tmp_path / "r.gpkg", shares[1], observed, region, "within, strict", suffix="_within"
        ),
        targets=("c0", "c1", "c2"), weights=str(tmp_path / "w.csv"), report=str(tmp_path / "w.html"),
    )  # fmt: skip
    ran = run_task(weigh_regions, params, tmp_path / "j")
    table = pd.read_csv(tmp_path / "w.csv").set_index("region")
    np.testing.assert_allclose(table["global"], [0.1, 0.9, 0.5], atol=0.1)
    np.testing.assert_allclose(table["global"] + table["regional"], 1)
    assert read_weights(Layer(str(tmp_path / "w.csv"), "w"), ["A", "B", "C"])["B"][0] > 0.8
    assert ran.result.numbers == {"REGIONS": 3}
    assert "learned" in (tmp_path / "w.html").read_text()
    told = "Experts help beyond chance. 2 of 3 regions trust their expert more than the global model."
    assert ran.result.verdict.startswith(f"Is one model for all regions enough? No. {told[:28]}")
    assert "favours" not in ran.log
    unequal = predictions_layer(tmp_path / "b.gpkg", shares[0], observed, "fold 1", "blocks")
    ran = run_task(weigh_regions, dataclasses.replace(params, predictions=unequal), tmp_path / "i")
    assert "made under blocks" in ran.log
    assert "favours the experts" in (tmp_path / "w.html").read_text()
    alike = gpd.read_file(params.regional_predictions.path)
    alike = alike.assign(fold_pooled="all regions", conc_pooled=15.0, validation="within, pooled, strict")
    alike = alike.assign(**{f"c{i}_pred_pooled": shares[0][:, i] for i in range(3)})
    alike.to_file(tmp_path / "both.gpkg")
    worthless = predictions_layer(tmp_path / "w.gpkg", shares[0][::-1], observed, "fold 1", "blocks")
    pooled = dataclasses.replace(
        params, predictions=worthless, regional_predictions=Layer(str(tmp_path / "both.gpkg"), "b")
    )
    ran = run_task(weigh_regions, pooled, tmp_path / "h")
    assert "The pooled predictions are weighed" in ran.log
    assert "favours" not in ran.log
    np.testing.assert_allclose(pd.read_csv(tmp_path / "w.csv")["global"], table["global"], atol=1e-9)
    ran = run_task(weigh_regions, dataclasses.replace(pooled, predictions=unequal), tmp_path / "f")
    assert "Its own predictions are weighed" in ran.log
    assert "favours" not in ran.log
    strict = predictions_layer(tmp_path / "s.gpkg", shares[1], observed, region, "strict")
    with pytest.raises(RegionwiseError, match=r"'s' holds no predictions of experts \(Holdout was strict\)"):
        run_task(weigh_regions, dataclasses.replace(params, regional_predictions=strict), tmp_path / "k")
    foreign = predictions_layer(tmp_path / "f.gpkg", shares[0], observed[::-1], "fold 1")
    with pytest.raises(RegionwiseError, match="were made from different samples: row 1 has other shares"):
        run_task(weigh_regions, dataclasses.replace(params, predictions=foreign), tmp_path / "k")
    other = dataclasses.replace(params, regional_predictions=Layer(params.predictions.path, "g"), targets=("c0", "x"))
    with pytest.raises(RegionwiseError, match="Layer 'g' has no field 'x'"):
        run_task(weigh_regions, other, tmp_path / "k")
