"""Which of several models is better: by predictions of trainings, by maps, and when nobody can tell."""

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
from regionwise.core.tools.evaluation.compare_models import compare_models
from regionwise.core.tools.evaluation.params import ModelComparison
from support import run_task

rng = np.random.default_rng(0)
COUNT = 300
UNIT = [f"c{number // 10}" for number in range(COUNT)]


def compare(folder, **params):
    params = {"scores": str(folder / "scores.csv"), "report": str(folder / "report.html"), **params}
    return run_task(compare_models, ModelComparison(**params), folder / "job")


def rows(folder):
    return pd.read_csv(folder / "scores.csv")


def write(folder, name, columns, validation="knndm"):
    frame = {"row": np.arange(1, COUNT + 1), "weight": 1.0, "validation": validation}
    if ", " not in validation:  # else each kind has its own
        frame |= {"fold": "1", "unit": UNIT}
    pd.DataFrame({**frame, **columns}).to_csv(folder / f"{name}.csv", index=False)
    return Layer(str(folder / f"{name}.csv"), name)


TRUTH = rng.dirichlet([2, 2, 2], COUNT)


def share_columns(error):
    predicted = np.clip(TRUTH + error * rng.normal(size=TRUTH.shape), 0, 1)
    predicted /= predicted.sum(1, keepdims=True)
    observed = {name: TRUTH[:, i] for i, name in enumerate(("F", "NF", "X"))}
    return {**observed, **{f"{name}_pred": predicted[:, i] for i, name in enumerate(observed)}, "conc": 10.0}


def test_shares(tmp_path):
    good, bad = write(tmp_path, "good", share_columns(0.05)), write(tmp_path, "bad", share_columns(0.15))
    again = write(tmp_path, "again", share_columns(0.05))
    ran = compare(tmp_path, predictions=(bad, good, again))
    table = rows(tmp_path)
    main = table[table["main"]].set_index(["model", "other"])
    assert main.loc[("bad", "good"), "verdict"] == "worse"
    assert main.loc[("good", "again"), "verdict"] == "no better beyond chance"
    assert main.loc[("bad", "good"), "units"] == 30
    assert ran.result.numbers["BEYOND_CHANCE"] == 2
    assert "Under knndm: good is better than bad (mean R² " in ran.log
    assert "chance may have made the difference of good and again" in ran.log
    errors = table[~table["main"]].set_index(["model", "other"])
    assert errors.loc[("bad", "good"), "difference"] == pytest.approx(
        errors.loc[("bad", "good"), "other_score"] - errors.loc[("bad", "good"), "score"]
    )
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert report.index("good is better than bad") < report.index("<caption>Differences")
    first = ran.result.verdict
    assert first.startswith("Which model is better under kNNDM folds? With care.") and "is better than bad" in first


def class_columns(right, order=("a", "b", "c")):
    label = np.arange(COUNT) % 3
    answered = np.where(rng.random(COUNT) < right, label, (label + 1) % 3)
    chance = 0.8 * np.eye(3)[answered] + 0.2 / 3
    names = np.array(["a", "b", "c"])
    columns = {"label": names[label], "predicted": names[answered], "confidence": chance.max(1)}
    return {**columns, **{f"p_{name}": chance[:, "abc".index(name)] for name in order}}


def test_classes_have_mcnemars_test(tmp_path):
    one, other = write(tmp_path, "one", class_columns(0.95)), write(tmp_path, "other", class_columns(0.7))
    ran = compare(tmp_path, predictions=(one, other))
    table = rows(tmp_path)
    assert table["test"].eq("McNemar").all()
    assert table["p"].lt(0.001).all()
    assert (table["only_model"] > table["only_other"]).all()
    assert table["verdict"].eq("better").all()
    question = "Which model is better under kNNDM folds?"
    assert ran.result.verdict.startswith(f"{question} Yes. one is better than other (macro F1")


def test_events_have_delongs_test(tmp_path):
    truth = (np.arange(COUNT) % 2).astype(int)
    layers = [
        write(tmp_path, name, {"label": truth, "probability": 1 / (1 + np.exp(-2 * (truth - 0.5) - noise))})
        for name, noise in (("sharp", 0.5 * rng.normal(size=COUNT)), ("blunt", 3 * rng.normal(size=COUNT)))
    ]
    compare(tmp_path, predictions=tuple(layers))
    table = rows(tmp_path)
    assert table["test"].eq("DeLong").all()
    assert table["p"].lt(0.01).all()
    assert set(table["measure"]) == {"AUC", "Brier score"}


def test_several_validations_are_compared_one_by_one(tmp_path):
    def both(error):
        own = share_columns(error)
        fixed = {name: own.pop(name) for name in ("F", "NF", "X")}
        kinds = {f"{name}_{kind}": values for name, values in own.items() for kind in ("knndm", "random")}
        return {**fixed, **kinds, **{f"fold_{k}": "1" for k in ("knndm", "random")},
                **{f"unit_{k}": UNIT for k in ("knndm", "random")}}  # fmt: skip

    layers = [write(tmp_path, name, both(error), "random, knndm") for name, error in (("a", 0.05), ("b", 0.2))]
    compare(tmp_path, predictions=tuple(layers))
    assert set(rows(tmp_path)["validation"]) == {"random", "knndm"}


def test_a_field_of_units_counts_before_those_of_folds(tmp_path):
    layers = [
        write(tmp_path, name, {**share_columns(0.1), "village": ["v1"] * 100 + ["v2"] * 100 + ["v3"] * 100})
        for name in ("a", "b")
    ]
    ran = compare(tmp_path, predictions=tuple(layers), unit_field="village")
    assert "Under knndm: nobody can tell whether a or b is better" in ran.log
    assert "3 values of 'village'" in ran.log
    assert ran.result.verdict.startswith("Which model is better under kNNDM folds? Not tested. Nobody can tell")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="row"), "Layer 'b' holds no predictions of a training"),
        (lambda f: f.assign(validation="random"), r"different ways \('a': knndm; 'b': random\)"),
        (lambda f: f.assign(row=f["row"] + 1000), "share no sample that was tested under knndm"),
        (lambda f: f.assign(F=f["NF"], NF=f["F"]), "'a' and 'b' have other labels for the same rows"),
        (lambda f: f.drop(columns=["X", "X_pred"]), "Compare models of the same targets"),
    ],
)  # fmt: skip
def test_what_is_not_the_same_samples_is_refused(tmp_path, change, message):
    layer = write(tmp_path, "a", share_columns(0.1))
    change(pd.read_csv(write(tmp_path, "b", share_columns(0.1)).path)).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(RegionwiseError, match=message):
        compare(tmp_path, predictions=(layer, Layer(str(tmp_path / "b.csv"), "b")))


TRANSFORM = Affine(30, 0, 500_000, 0, -30, 5_000_000)


def raster(folder, name, values):
    bands = values if values.ndim == 3 else values[None]
    with rasterio.open(
        folder / f"{name}.tif", "w", driver="GTiff", height=100, width=100, count=len(bands), dtype=bands.dtype,
        crs="EPSG:32633", transform=TRANSFORM,
    ) as file:  # fmt: skip
        file.write(bands)
    return Layer(str(folder / f"{name}.tif"), name)


def test_maps_of_classes(tmp_path):
    truth = (1 + (np.mgrid[:100, :100][1] > 50)).astype(np.uint8)
    maps = [
        raster(tmp_path, name, np.where(rng.random((100, 100)) < wrong, 3 - truth, truth).astype(np.uint8))
        for name, wrong in (("clean", 0.02), ("noisy", 0.3))
    ]
    row, col = rng.integers(0, 100, (2, 200))
    x, y = TRANSFORM @ (col + 0.5, row + 0.5)
    frame = gpd.GeoDataFrame({"code": truth[row, col]}, geometry=gpd.points_from_xy(x, y), crs="EPSG:32633")
    frame.to_crs("EPSG:4326").to_file(tmp_path / "places.gpkg")
    ran = compare(
        tmp_path, maps=tuple(maps), reference=Layer(str(tmp_path / "places.gpkg"), "places"), class_field="code"
    )
    assert "clean is better than noisy (macro F1" in ran.log
    table = rows(tmp_path)
    wrong = table[~table["main"]].iloc[0]
    assert wrong["score"] == pytest.approx(0.02, abs=0.03)
    assert wrong["other_score"] == pytest.approx(0.3, abs=0.1)
    other = raster(tmp_path, "dem", np.full((100, 100), 0.5, np.float32))
    with pytest.raises(RegionwiseError, match="maps are of different kinds"):
        compare(tmp_path, maps=(maps[0], other), reference=Layer(str(tmp_path / "places.gpkg")), class_field="code")


def test_labels_are_read_in_any_case_of_letters(tmp_path):
    truth = (1 + (np.mgrid[:100, :100][1] > 50)).astype(np.uint8)
    maps = [raster(tmp_path, name, values) for name, values in (("right", truth), ("wrong", 3 - truth))]
    for layer in maps:
        write_style(tmp_path / f"{layer.name}.tif", CLASSES, {1: "forest", 2: "crops"})
    row, col = rng.integers(0, 100, (2, 100))
    x, y = TRANSFORM @ (col + 0.5, row + 0.5)
    names = np.array(["", "Forest", "crops"])[truth[row, col]]
    names[:50] = np.array(["", "forest", "2"])[truth[row[:50], col[:50]]]
    frame = gpd.GeoDataFrame({"cover": names}, geometry=gpd.points_from_xy(x, y), crs="EPSG:32633")
    frame.to_file(tmp_path / "cased.gpkg")
    compare(tmp_path, maps=tuple(maps), reference=Layer(str(tmp_path / "cased.gpkg")), class_field="cover")
    errors = rows(tmp_path).query("not main").iloc[0]
    assert (errors["score"], errors["other_score"]) == (0, 1)


def test_parameters_that_do_not_go_together():
    with pytest.raises(RegionwiseError) as found:
        ModelComparison(maps=(Layer("a.tif"),))
    for words in ("give two or more", "Reference is missing", "Give a class field", "nothing to write"):
        assert words in str(found.value)
