"""Tables without places: they train where nothing needs places, and are refused in a sentence where something does."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.abundance import train as abundance
from regionwise.core.families.abundance.params import AbundanceTraining
from regionwise.core.families.crops import train as crops
from regionwise.core.families.crops.params import CropTraining
from regionwise.core.families.susceptibility import explain, train
from regionwise.core.families.susceptibility.params import FactorExplanation, SusceptibilityTraining
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.evaluation.check_samples import check_samples
from regionwise.core.tools.evaluation.params import SampleAudit
from regionwise.core.tools.preparation.augment_samples import augment
from regionwise.core.tools.preparation.params import Augmentation
from support import run_task

STEPS, ROWS = 12, 160
CLASSES = ("maize", "rice", "tree")
SPATIAL = "needs places. Add the columns longitude and latitude"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The rows of a table of values without places: classes and shares of them, factors, sites and regions."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet((1.0, 1.0, 1.0), ROWS)
    season = np.linspace(0, 2 * np.pi, STEPS)
    courses = np.stack([np.sin(season + k) for k in range(3)])
    values = shares @ courses + rng.normal(0, 0.05, (ROWS, STEPS))
    columns = {f"NDVI_{step + 1:02}": values[:, step] for step in range(STEPS)}
    columns |= {name: shares[:, i] for i, name in enumerate(CLASSES)}
    slope = rng.uniform(0, 40, ROWS)
    columns |= {
        "label": np.array(CLASSES)[shares.argmax(1)], "site": [f"s{i // 4}" for i in range(ROWS)],
        "land": [f"r{i // 4 % 4}" for i in range(ROWS)], "slope": slope, "soil": rng.normal(size=ROWS),
        "slide": (slope + rng.normal(0, 8, ROWS) > 22).astype(int), "nothing": np.full(ROWS, np.nan),
    }  # fmt: skip
    return pd.DataFrame(columns)


@pytest.fixture
def layer(table, tmp_path):
    table.to_csv(tmp_path / "values.csv", index=False)
    return Layer(str(tmp_path / "values.csv"), "values")


def crop_params(layer, folder, **changes):
    return CropTraining(**{
        "values": layer, "class_field": "label", "model_type": "boosting", "folds": 2, "report": str(folder / "r.html"),
        "model": str(folder / "m.safetensors"), "scores": str(folder / "s.csv"), "predictions": str(folder / "p.csv"),
        **changes,
    })  # fmt: skip


@pytest.mark.train
@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"source_field": "site", "region_field": "land"}, "grouped"),
        ({"region_field": "land"}, "regions"),
        ({}, "random"),
    ],
)
def test_auto_is_the_strictest_validation_that_the_fields_allow(table, layer, tmp_path, fields, kind):
    params = crop_params(layer, tmp_path, **fields)
    ran = run_task(crops.train, params, tmp_path / "job")
    assert f"Validation: {kind}." in ran.log
    assert ("neighbours of tested samples train, and scores are too good" in ran.log) is (kind == "random")
    predictions = pd.read_csv(params.predictions)
    assert len(predictions) == ROWS
    assert not {"longitude", "latitude", "geometry"} & set(predictions)
    right = (predictions["predicted"] == table["label"]).mean()
    assert right > 0.8
    scores = pd.read_csv(params.scores)
    assert "mean of the training samples" in set(scores["model"])
    assert not {"nearest training sample", "boosting on coordinates"} & set(scores["model"])
    page = text_of(tmp_path / "r.html")
    assert "The samples have no places: there are no maps of them here" in page
    assert "Where they were tested" not in page and "Right and wrong" not in page
    for column in {"grouped": ("site",), "regions": ("land",), "random": ()}[kind]:
        assert predictions.assign(unit=table[column]).groupby("unit")["fold"].nunique().max() == 1
    assert read_model(params.model).card.crs == ""


@pytest.mark.train
def test_the_scores_are_those_of_the_same_table_with_places(table, layer, tmp_path):
    values = {"source_field": "site", "validation": "grouped"}
    params = crop_params(layer, tmp_path, **values)
    run_task(crops.train, params, tmp_path / "job")
    rng = np.random.default_rng(1)
    placed = table.assign(longitude=rng.uniform(10, 11, ROWS), latitude=rng.uniform(50, 51, ROWS))
    placed.to_csv(tmp_path / "placed.csv", index=False)
    other = crop_params(
        Layer(str(tmp_path / "placed.csv"), "placed"), tmp_path, **values, scores=str(tmp_path / "t.csv")
    )
    run_task(crops.train, other, tmp_path / "other")

    def grouped(path):
        frame = pd.read_csv(path)
        return frame[(frame["validation"] == "grouped") & (frame["model"] == "boosting")].reset_index(drop=True)

    pd.testing.assert_frame_equal(grouped(params.scores), grouped(other.scores))


@pytest.mark.train
def test_shares_train_and_a_geopackage_holds_their_predictions_as_a_table(layer, tmp_path):
    params = AbundanceTraining(
        values=layer, targets=CLASSES, model_type="boosting", folds=2, source_field="site", validation="grouped",
        predictions=str(tmp_path / "p.gpkg"), model=str(tmp_path / "m.safetensors"), report=str(tmp_path / "r.html"),
    )  # fmt: skip
    run_task(abundance.train, params, tmp_path / "job")
    frame = pyogrio.read_dataframe(params.predictions)
    assert len(frame) == ROWS and not isinstance(frame, gpd.GeoDataFrame)
    assert "Residuals" not in text_of(tmp_path / "r.html")


@pytest.mark.train
def test_events_train_and_are_explained(table, tmp_path):
    twice = table.assign(copy_of_label=table["slide"] * 0.9 + np.random.default_rng(2).normal(0, 1e-3, ROWS))
    twice.to_csv(tmp_path / "v.csv", index=False)
    layer = Layer(str(tmp_path / "v.csv"), "v")
    params = SusceptibilityTraining(
        values=layer, factor_fields=("slope", "soil", "nothing", "copy_of_label"), label_field="slide", folds=2,
        model_type="boosting", model=str(tmp_path / "m.safetensors"), report=str(tmp_path / "r.html"),
    )  # fmt: skip
    ran = run_task(train.train, params, tmp_path / "job")
    assert "Fields without a value in any row are left out: nothing." in ran.log
    assert "'copy_of_label' alone tells 'event'" in ran.log and "made from the label. Leave it out" in ran.log
    assert read_model(params.model).card.band_names() == ["slope", "soil", "copy_of_label"]
    explained = {"model": params.model, "samples": layer, "label_field": "slide", "scores": str(tmp_path / "e.csv")}
    run_task(explain.explain, FactorExplanation(**explained), tmp_path / "e")
    assert pd.read_csv(tmp_path / "e.csv")["factor"].iloc[0] == "copy_of_label"
    with pytest.raises(RegionwiseError, match="has no places, so that no sample lies in a block"):
        run_task(explain.explain, FactorExplanation(**explained, blocks=layer), tmp_path / "f")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"validation": "knndm"}, f"validation 'knndm' {SPATIAL}"),
        ({"validation": "blocks"}, f"validation 'blocks' {SPATIAL}"),
        ({"buffer": 500.0}, "Buffer is 500, a distance"),
        ({"regions": Layer("r.gpkg", "lands"), "region_field": "land"}, "which regions of 'lands' hold them"),
        ({"predictions": "p.shp"}, "a shapefile cannot hold the predictions"),
        ({"region_field": "label", "validation": "regions", "buffer": -1.0}, None),
    ],
)
def test_what_needs_places_is_refused_before_anything_is_learned(layer, tmp_path, monkeypatch, changes, message):
    class StartedError(Exception):
        pass

    def starts(*_, **__):
        raise StartedError

    monkeypatch.setattr(crops, "cross_train", starts)
    if "predictions" in changes:
        changes = {"predictions": str(tmp_path / changes["predictions"])}
    with pytest.raises(RegionwiseError if message else StartedError, match=message):
        run_task(crops.train, crop_params(layer, tmp_path, **changes), tmp_path / "job")


def test_samples_without_places_are_audited(layer, tmp_path):
    params = SampleAudit(samples=layer, targets=CLASSES, features=("slope",), output=str(tmp_path / "o.csv"),
                         report=str(tmp_path / "r.html"))  # fmt: skip
    ran = run_task(check_samples, params, tmp_path / "job")
    assert "The samples have no places: clusters, shared places and labels of neighbours are not looked for" in ran.log
    assert ran.result.numbers == {"PROBLEMS": 0, "REPEATED": 0, "CLUSTERED": 0}
    assert len(pd.read_csv(params.output)) == ROWS
    assert ran.result.verdict.startswith("Can scores from these samples be believed? With care.")


def test_labels_are_predicted_from_attributes_of_rows_without_places(table, tmp_path):
    frame = table.copy()
    frame.loc[frame.index[120:], list(CLASSES)] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    layer, features = Layer(str(tmp_path / "t.csv"), "t"), tuple(f"NDVI_{i + 1:02}" for i in range(STEPS))
    values = {"input": layer, "targets": CLASSES, "search": "none", "output": str(tmp_path / "o.csv")}
    ran = run_task(augment, Augmentation(**values, features=features), tmp_path / "job")
    assert "'t' has no places: coordinates are no features." in ran.log
    found = pd.read_csv(tmp_path / "o.csv")
    assert found["augmented"].sum() == 40 and "geometry" not in found
    assert np.abs(found.loc[120:, "maize"] - table.loc[120:, "maize"]).mean() < 0.1
    with pytest.raises(RegionwiseError, match="160 rows of 't' have no place"):
        run_task(augment, Augmentation(**values), tmp_path / "k")
    with pytest.raises(RegionwiseError, match="cannot hold a table without places"):
        shape = {**values, "output": str(tmp_path / "o.shp")}
        run_task(augment, Augmentation(**shape, features=features), tmp_path / "l")
