"""Susceptibility: what is told of samples, blocks and factors, and what is refused."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.susceptibility import map as map_task
from regionwise.core.tools.simulation.susceptibility_world import FACTORS


@pytest.fixture
def coded(terrain_world, tmp_path, write):
    """Change codes of the lithology."""

    def change(function):
        with rasterio.open(terrain_world / "factors" / "lithology.tif") as file:
            values, transform, crs = file.read(1), file.transform, file.crs
        return write(tmp_path / "lithology.tif", function(values), transform=transform, crs=crs)

    return change


@pytest.mark.train
def test_codes_that_no_sample_had_are_told(terrain_world, boosted, mapped, layers, tmp_path, coded, monkeypatch):
    params = boosted[0]
    others = layers(terrain_world, [name for name in FACTORS if name != "lithology"])

    def some(values):
        values[:32] = 9
        return values

    monkeypatch.setattr(map_task, "TILE", 64)
    _, ran = mapped(terrain_world, tmp_path, params.model, factors=(*others, coded(some)))
    assert "'lithology' has codes that no training sample had: 9, in 25 % of its cells" in ran.log
    with pytest.raises(RegionwiseError, match="No code of 'lithology' was known in training, where it had 1, 2, 3, 4"):
        mapped(terrain_world, tmp_path, params.model, factors=(*others, coded(lambda values: values + 50)))


def change_labels(function):
    def change(frame):
        frame["label"] = function(frame["label"])
        return frame

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_labels(lambda label: 1), "All samples of 'bad' consist of 'event' alone"),
        (change_labels(lambda label: label + 1), "Label field 'label' of 'bad' must be 1 .event. or 0 .none."),
        (lambda frame: frame.drop(columns="label"), "label"),
    ],
)
def test_bad_labels_are_refused(terrain_world, fitted, tmp_path, change, message):
    change(gpd.read_file(terrain_world / "trusted.gpkg")).to_file(tmp_path / "bad.gpkg")
    with pytest.raises(RegionwiseError, match=message):
        fitted(terrain_world, tmp_path, samples=Layer(str(tmp_path / "bad.gpkg"), "bad"))


@pytest.mark.train
def test_weak_labels_chosen_by_a_factor_are_told_and_never_test(flawed, boosted):
    frame, ran, scores, report = flawed
    assert "'velocity' alone tells the" in ran.log and "and never test; they stay as they are" in report
    assert "predicted anew" not in report
    row = scores[(scores["validation"] == "blocks") & (scores["part"] == "all")].iloc[0]
    assert row["n"] == (frame["weak"] == 0).sum() < len(frame)
    assert "alone tells the" not in boosted[1].log


@pytest.mark.train
def test_places_with_contradicting_labels_are_told(flawed):
    assert "7 samples lie in one cell with another one and have other labels" in flawed[1].log


@pytest.mark.train
def test_a_block_without_samples_is_told(flawed, boosted):
    assert "1 of 64 blocks of 'blocks' holds no sample: block 5" in flawed[1].log
    assert "no sample: block" not in boosted[1].log


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factors": ()}, "Give factors as rasters with samples, or a table of values"),
        ({"label_field": ""}, "Label field is missing"),
        ({"prevalence": 1.5}, "Prevalence is 1.5"),
        ({"weak_weight": 0.0}, "Weak weight is 0"),
        ({"model_type": "forest"}, "Model type is 'forest'"),
    ],
)
def test_bad_parameters_are_refused(terrain_world, fitted, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        fitted(terrain_world, tmp_path, **changes)


def test_a_factor_elsewhere_is_refused(terrain_world, fitted, layers, tmp_path, write):
    strange = write(tmp_path / "strange.tif", np.ones((20, 20), np.float32))
    with pytest.raises(RegionwiseError, match="'strange' does not overlap"):
        fitted(terrain_world, tmp_path, factors=(*layers(terrain_world), strange))


def test_all_samples_in_one_block_cannot_be_held_out(terrain_world, fitted, tmp_path):
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    block = frame["block"].mode()[0]
    frame[frame["block"] == block].to_file(tmp_path / "one.gpkg")
    with pytest.raises(RegionwiseError, match="fold"):
        fitted(terrain_world, tmp_path, samples=Layer(str(tmp_path / "one.gpkg"), "one"))
