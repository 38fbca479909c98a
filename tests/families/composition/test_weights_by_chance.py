"""Weights of regions that scored lower than one model alone: by chance or not, judged over whole sources."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.params import RegionWeighing
from regionwise.core.families.composition.weigh_regions import Predictions, _guarded, _read, _scores
from regionwise.core.families.composition.weigh_report import Weighed, verdict_of
from regionwise.core.learning.training_results import DIFFERENCE
from regionwise.core.reports.page.verdict import CARE, NO, UNTOLD, YES


def predictions_of(sources, gain):
    """Samples of sources in which the global model is likelier by `gain` in the mean; sources differ in it by 1."""
    rng = np.random.default_rng(0)
    source = np.repeat(np.arange(sources), 5)
    deviation = rng.normal(size=sources)
    better = (gain + (deviation - deviation.mean()) / deviation.std())[source]
    shares = np.full((len(source), 2), 0.5)
    densities = np.stack([better, np.zeros(len(source))], 1)
    names = np.array([f"s{i}" for i in source], object)
    return Predictions(shares, (shares, shares), densities, np.full(len(source), "R", object), names, names, "grouped")


@pytest.mark.parametrize(
    ("gain", "words"), [(1.0, "did worse than global"), (0.1, "were no better beyond chance than")]
)
def test_weights_did_worse_only_where_the_difference_leaves_zero(gain, words):
    data, n = predictions_of(20, gain), 100
    expert = np.tile([0.0, 1.0], (n, 1))  # as if learning had trusted the expert alone
    scores = _scores(data, np.ones(n, bool), np.full((n, 2), 0.5), expert)
    assert scores["global"]["difference"] == pytest.approx(gain) and scores["learned"]["difference"] is None
    low, high = (scores["global"][f"difference_{end}"] for end in ("low", "high"))
    assert high - low == pytest.approx(2 * 1.73 / np.sqrt(19), rel=0.05)  # over sources, not over samples
    weights, note = _guarded(np.array([0.0, 1.0]), scores, n)
    assert weights.tolist() == [1, 0] and words in note and f"by {gain:.3f}" in note


def test_few_sources_bound_no_difference():
    data, n = predictions_of(3, 1.0), 15
    scores = _scores(data, np.ones(n, bool), np.full((n, 2), 0.5), np.tile([0.0, 1.0], (n, 1)))
    assert scores["global"]["difference_low"] is None
    assert "did worse" not in _guarded(np.array([0.0, 1.0]), scores, n)[1]


def test_intervals_reach_over_units_that_may_hold_several_sources():
    data, n = predictions_of(20, 0.1), 100
    expert = np.tile([0.0, 1.0], (n, 1))
    better = np.argsort(np.argsort(data.log_densities[:, 0], kind="stable"), kind="stable") // 25  # alike in a cluster
    wide, narrow = (
        _scores(each, np.ones(n, bool), np.full((n, 2), 0.5), expert)["global"]
        for each in (dataclasses.replace(data, unit=better.astype(object)), data)
    )
    reach = [row["difference_high"] - row["difference_low"] for row in (wide, narrow)]
    assert reach[0] > 1.5 * reach[1]


def layer_of(path, suffix, validation, **units):
    rng = np.random.default_rng(1)
    shares = rng.dirichlet([1, 1], 40)
    columns = {"row": np.arange(40), "source": [f"s{i}" for i in range(40)], "a": shares[:, 0], "b": shares[:, 1]}
    columns |= {"validation": validation, f"fold{suffix}": "R", f"conc{suffix}": 10.0, **units}
    columns |= {f"a_pred{suffix}": shares[:, 1], f"b_pred{suffix}": shares[:, 0]}
    gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(np.arange(40), np.zeros(40)), crs="EPSG:32648").to_file(path)
    return Layer(str(path), path.stem)


def test_the_coarser_of_both_layers_units_are_taken(tmp_path):
    clusters, halves = [f"cluster {i // 8}" for i in range(40)], [f"h{i // 20}" for i in range(40)]

    def units(of_global, of_experts):
        made = [
            layer_of(tmp_path / "g.gpkg", "", "grouped", **of_global),
            layer_of(tmp_path / "r.gpkg", "_within", "within, strict", **of_experts),
        ]
        params = RegionWeighing(
            predictions=made[0], regional_predictions=made[1], targets=("a", "b"), weights=str(tmp_path / "w.csv")
        )
        return list(_read(params, None).unit)

    assert units({"unit": clusters}, {"unit_within": [f"s{i}" for i in range(40)]}) == clusters
    assert units({"unit": clusters}, {"unit_within": halves, "unit_strict": "x"}) == halves
    assert units({}, {}) == [f"s{i}" for i in range(40)]  # layers of older versions


@pytest.mark.parametrize(
    ("found", "grade"),
    [
        ((0.0, -0.1, 0.1), YES),
        ((-0.05, -0.1, 0.02), CARE),
        ((-0.5, -0.7, -0.3), NO),
        ((-0.5, None, None), UNTOLD),
    ],
)
def test_the_verdict_on_experts(found, grade):
    rows = [
        {"region": "all", "weights": way, "n": 50, "log_density": 1.0, **dict(zip(DIFFERENCE, found, strict=True))}
        for way in ("global", "regional", "fixed")
    ]
    table = [{"region": "R", "global": 0.2, "regional": 0.8, "n": 50, "note": ""}]
    verdict = verdict_of(Weighed(rows, table, ""))
    assert verdict.answers[0].grade == grade and verdict.answers[2].grade == YES
    assert "1 of 1 regions trust their expert" in verdict.first_line
    assert verdict_of(Weighed(rows, table, "That favours the experts.")).answers[2].grade == NO
