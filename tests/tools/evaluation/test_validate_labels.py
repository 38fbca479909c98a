"""Validation of maps of classes and probabilities, and what is refused or warned of for maps of any kind."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.mapping.styles.map_styles import CLASSES
from regionwise.core.mapping.styles.style_files import write_style
from regionwise.core.tools.evaluation.params import MapValidation
from regionwise.core.tools.evaluation.validate_map import validate_map
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score
from support import run_task

TRANSFORM = Affine(30, 0, 500_000, 0, -30, 5_000_000)
NAMES = {1: "forest", 2: "water", 3: "crops"}


def raster(folder, name, values, bands=()):
    values = values if values.ndim == 3 else values[None]
    with rasterio.open(
        folder / f"{name}.tif", "w", driver="GTiff", height=values.shape[1], width=values.shape[2], count=len(values),
        dtype=values.dtype, crs="EPSG:32633", transform=TRANSFORM,
    ) as file:  # fmt: skip
        file.write(values)
        for index, band in enumerate(bands, 1):
            file.set_band_description(index, band)
    return Layer(str(folder / f"{name}.tif"), name)


def places(folder, row, col, **fields):
    x, y = TRANSFORM @ (np.asarray(col) + 0.5, np.asarray(row) + 0.5)
    frame = gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(x, y), crs="EPSG:32633")
    frame.to_crs("EPSG:4326").to_file(folder / "places.gpkg")
    return Layer(str(folder / "places.gpkg"), "places")


def run(folder, **params):
    params = {"scores": str(folder / "scores.csv"), "report": str(folder / "report.html"), **params}
    return run_task(validate_map, MapValidation(**params), folder / "job")


@pytest.fixture
def classes(tmp_path):
    """A map of three classes, the labels of 250 places, and their classes on the map."""
    rng = np.random.default_rng(0)
    mapped = rng.integers(1, 4, (100, 100)).astype(np.uint8)
    layer = raster(tmp_path, "map", mapped)
    write_style(tmp_path / "map.tif", CLASSES, NAMES)
    row, col = np.divmod(rng.choice(10_000, 250, replace=False), 100)
    truth = np.where(rng.random(250) < 0.8, mapped[row, col], rng.integers(1, 4, 250))
    reference = places(tmp_path, row, col, cover=[NAMES[i] for i in truth], site=np.arange(250) // 25)
    return layer, reference, truth, mapped[row, col]


def test_classes_have_the_accuracies_of_their_error_matrix(classes, tmp_path):
    layer, reference, truth, mapped = classes
    output = tmp_path / "out.gpkg"
    ran = run(tmp_path, map=layer, reference=reference, class_field="cover", output=str(output))
    table = pd.read_csv(tmp_path / "scores.csv").set_index("component")
    matrix = confusion_matrix(truth, mapped)  # truth in rows
    assert table.loc["all", "accuracy"] == pytest.approx(np.trace(matrix) / 250)
    assert table.loc["all", "low"] < 0.87 < table.loc["all", "high"]
    for number, name in NAMES.items():
        own = matrix[number - 1, number - 1]
        count, right = matrix[:, number - 1].sum(), own / matrix[:, number - 1].sum()
        assert table.loc[name, "users"] == pytest.approx(right)
        assert table.loc[name, "users_se"] == pytest.approx(np.sqrt(right * (1 - right) / count), rel=0.01)
        assert table.loc[name, "producers"] == pytest.approx(own / matrix[number - 1].sum())
    assert ran.result.numbers["ACCURACY"] == table.loc["all", "accuracy"]
    assert gpd.read_file(output)["cover_map"].tolist() == [NAMES[i] for i in mapped]
    assert "Error matrix: places" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ran.result.verdict.startswith("Can I use this map here? Yes. Of 100 places, 8")


def test_groups_are_left_out_as_a_whole(classes, tmp_path):
    layer, reference, *_ = classes
    ran = run(tmp_path, map=layer, reference=reference, class_field="cover", group_field="site")
    assert pd.read_csv(tmp_path / "scores.csv")["units"].eq(10).all()
    assert "over 10 values of 'site'" in ran.log


def test_probabilities_have_their_own_scores(tmp_path):
    rng = np.random.default_rng(1)
    chance = rng.random((100, 100)).astype(np.float32)
    layer = raster(tmp_path, "risk", chance)
    row, col = np.divmod(rng.choice(10_000, 300, replace=False), 100)
    slid = (rng.random(300) < chance[row, col]).astype(int)
    ran = run(tmp_path, map=layer, reference=places(tmp_path, row, col, slid=slid), class_field="slid")
    score = pd.read_csv(tmp_path / "scores.csv").iloc[0]
    assert score["auc"] == pytest.approx(roc_auc_score(slid, chance[row, col]))
    assert score["brier"] == pytest.approx(brier_score_loss(slid, chance[row, col]), rel=1e-4)
    assert score["low"] < score["auc"] < score["high"]
    assert ran.result.numbers["AUC"] == score["auc"]
    assert ran.result.verdict.startswith("Can I use this map here? Yes. Of a place with an event")


def test_maps_of_the_wrong_kind_are_refused_in_words(classes, tmp_path):
    layer, reference, *_ = classes
    with pytest.raises(RegionwiseError, match="Map 'map' is one of classes, and targets are shares"):
        run(tmp_path, map=layer, reference=reference, targets=("a", "b"))
    shares = np.stack([np.full((100, 100), v, np.float32) for v in (30, 70)])
    percent = raster(tmp_path, "percent", shares, ("F", "NF"))
    with pytest.raises(RegionwiseError, match="Band 'F' of map 'percent' holds 30; shares are 0 to 1"):
        run(tmp_path, map=percent, reference=reference, targets=("F", "NF"))
    with pytest.raises(RegionwiseError, match=r"Map 'percent' has 2 bands \(F, NF\)"):
        run(tmp_path, map=percent, reference=reference, class_field="cover")
    with pytest.raises(RegionwiseError, match="A class field goes with maps of classes or probabilities"):
        MapValidation(map=layer, reference=reference, class_field="cover", targets=("F", "NF"))


def test_classes_that_do_not_match_are_told(classes, tmp_path):
    layer, reference, *_ = classes
    frame = gpd.read_file(reference.path)
    frame.loc[:4, "cover"] = "marsh"
    frame.to_file(reference.path)
    assert "Class 'marsh' of 5 places is none" in run(tmp_path, map=layer, reference=reference, class_field="cover").log
    frame.assign(cover="marsh").to_file(reference.path)
    with pytest.raises(RegionwiseError, match=r"No class in 'cover' of 'places' \('marsh', ...\) is one"):
        run(tmp_path, map=layer, reference=reference, class_field="cover")


def test_places_that_trained_the_model_are_counted(mapped, tmp_path):
    folder, layer, params, _ = mapped
    samples = gpd.read_file(folder / "samples.gpkg")
    known, new = samples.iloc[:30], samples.iloc[30:60].set_geometry(samples.geometry.iloc[30:60].translate(200, 200))
    pd.concat([known, new.set_crs(samples.crs, allow_override=True)]).to_file(tmp_path / "mixed.gpkg")
    reference = Layer(str(tmp_path / "mixed.gpkg"), "mixed")
    ran = run(tmp_path, map=layer("map.tif"), reference=reference, targets=params.targets, model=params.model)
    assert "30 of 60 places of 'mixed' took part in the training" in ran.log
    assert "Can I use this map here? Yes" not in ran.result.verdict
    assert "30 of 60 places of the reference trained the model, so the score is too good." in ran.result.verdict
    new.set_crs(samples.crs, allow_override=True).to_file(tmp_path / "new.gpkg")
    reference = Layer(str(tmp_path / "new.gpkg"), "new")
    ran = run(tmp_path, map=layer("map.tif"), reference=reference, targets=params.targets, model=params.model)
    assert "took part in the training" not in ran.log and "trained the model" not in ran.result.verdict
    known.to_file(tmp_path / "known.gpkg")
    reference = Layer(str(tmp_path / "known.gpkg"), "known")
    ran = run(tmp_path, map=layer("map.tif"), reference=reference, targets=params.targets, model=params.model)
    assert ran.result.verdict.startswith("Can I use this map here? Not tested. All places of the reference trained")


def test_a_map_of_chance_is_not_to_be_used(tmp_path):
    rng = np.random.default_rng(3)
    layer = raster(tmp_path, "map", rng.integers(1, 4, (100, 100)).astype(np.uint8))
    row, col = np.divmod(rng.choice(10_000, 250, replace=False), 100)
    ran = run(tmp_path, map=layer, reference=places(tmp_path, row, col, cover=rng.integers(1, 4, 250)),
              class_field="cover", report="")  # fmt: skip
    assert ran.result.verdict.startswith("Can I use this map here? No. Of 100 places, 3")
