"""End to end through the real qgis_process, as a user types it."""

import json
import os
import signal
import subprocess
import time

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from support import ROOT, read_raster, run_in_qgis, start_qgis_process

TARGETS = "TARGETS=F;F_NF;NF_F;NF"


@pytest.fixture(scope="session")
def data(qgis_process, tmp_path_factory):
    """A simulated world, made by qgis_process in a folder with spaces and Chinese characters."""
    folder = tmp_path_factory.mktemp("乡村 data") / "world"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "SIZE=96", "DESIGN=uniform", "SEED=3", f"OUTPUT_FOLDER={folder}"
    )
    assert status == 0, out + err
    return folder


def inputs(data, *, samples="samples.gpkg"):
    return [f"DAY={data / 'day.tif'}", f"NIGHT={data / 'night.tif'}", f"SAMPLES={data / samples}", TARGETS]


NETWORK = ["WIDTH=4", "BLOCKS=1,1,1", "EPOCHS=2"]


def test_train_map_inspect(data, qgis_process, tmp_path):
    model, report = tmp_path / "out" / "m.safetensors", tmp_path / "out" / "r.html"
    status, out, err = qgis_process(
        "--json", "run", "regionwise:traincomposition", "--", *inputs(data), "VALIDATION=random", "FOLDS=2", *NETWORK,
        f"MODEL={model}", f"REPORT={report}",
    )  # fmt: skip
    assert status == 0, err
    results = json.loads(out)["results"]
    assert isinstance(results["R2_MEAN"], float)
    assert results["REPORT"] == str(report)
    assert report.exists()
    status, out, err = qgis_process(
        "run", "regionwise:mapcomposition", "--", *inputs(data)[:2], f"MODEL={model}", f"OUTPUT={tmp_path / 'map.tif'}",
        "EXTENT=-1000,2000,-1500,1800",
    )  # fmt: skip
    assert status == 0, out + err
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.descriptions == ("F", "F_NF", "NF_F", "NF")
        assert file.width < 40
    assert (tmp_path / "map.tif.job" / "job.json").exists()
    status, out, err = qgis_process(
        "run", "regionwise:inspectmodel", "--", f"MODEL={model}", f"REPORT={tmp_path / 'i.html'}"
    )
    assert status == 0, out + err


def test_job_file_repeats_the_run_without_qgis(data, qgis_process, tmp_path):
    status, out, err = qgis_process(
        "run", "regionwise:standardise", "--", f"INPUT={data / 'day.tif'}", f"OUTPUT_FOLDER={tmp_path / 'z'}"
    )
    assert status == 0, out + err
    target = tmp_path / "z" / "day.tif"
    before = target.read_bytes()
    target.unlink()
    (job,) = tmp_path.rglob("job.json")
    subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "regionwise.core.worker", str(job)],
        env={"PYTHONPATH": str(ROOT / "_alias")},
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert target.read_bytes() == before


def test_failure_has_status_1_and_one_sentence(data, qgis_process, tmp_path):
    status, out, err = qgis_process(
        "run",
        "regionwise:traincomposition",
        "--",
        *inputs(data)[:3],
        "TARGETS=F;region",
        f"MODEL={tmp_path / 'm.safetensors'}",
    )
    assert status == 1
    assert "Target field 'region' has a name that the outputs need. Rename the field" in out + err
    assert not (tmp_path / "m.safetensors").exists()


def engines(folder):
    """Return the processes of engines whose job lies in `folder`."""
    found = subprocess.run(["pgrep", "-f", f"attached {folder}"], capture_output=True, text=True, check=False)
    return set(found.stdout.split())


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
def test_interrupted_qgis_process_leaves_no_engine_and_no_finished_looking_file(data, tmp_path, options, number):
    process = start_qgis_process(
        *options,
        "run",
        "regionwise:traincomposition",
        "--",
        *inputs(data),
        "WIDTH=64",
        f"MODEL={tmp_path / 'm.safetensors'}",
    )
    end = time.monotonic() + 60
    while not engines(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert engines(tmp_path), process.communicate(timeout=5)
    time.sleep(3)  # into the training
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=10)
    gone = time.monotonic() + 2
    while engines(tmp_path) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not engines(tmp_path)
    assert process.returncode != 0
    if number == signal.SIGINT and not options:
        assert "Cancelled; nothing was written" in out + err
    assert not (tmp_path / "m.safetensors").exists()


def test_chain_of_the_regional_ensemble_runs_by_id(data, qgis_process, tmp_path):
    half = tmp_path / "half.gpkg"
    run_in_qgis(f"""
layer = QgsVectorLayer({str(data / "samples.gpkg")!r}, "s", "ogr").materialize(QgsFeatureRequest())
layer.startEditing()
for i, feature in enumerate(layer.getFeatures()):
    if i % 2:
        for name in ("F", "F_NF", "NF_F", "NF"):
            layer.changeAttributeValue(feature.id(), layer.fields().indexOf(name), None)
layer.commitChanges()
options = QgsVectorFileWriter.SaveVectorOptions()
QgsVectorFileWriter.writeAsVectorFormatV3(layer, {str(half)!r}, QgsCoordinateTransformContext(), options)
print("0")
""")
    shares, model = tmp_path / "shares.tif", tmp_path / "experts.safetensors"
    status, out, err = qgis_process(
        "run", "regionwise:composition_regional_ensemble", "--", *inputs(data)[:2],
        f"SAMPLES={half}", TARGETS, "SOURCE_FIELD=source", f"REGIONS={data / 'regions.gpkg'}", "REGION_FIELD=region",
        *NETWORK, "QUICK=true", f"mapcomposition:Shares={shares}", f"trainregions:Regional model={model}",
        f"traincomposition:Global model={tmp_path / 'g.safetensors'}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    assert shares.exists()
    assert model.exists()


def test_chain_of_abundance_runs_by_id(qgis_process, tmp_path):
    world = tmp_path / "fields"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "FAMILY=abundance", "SIZE=64", f"OUTPUT_FOLDER={world}"
    )
    assert status == 0, out + err
    fractions, model = tmp_path / "fractions.tif", tmp_path / "m.safetensors"
    status, out, err = qgis_process(
        "run", "regionwise:abundance_map", "--", f"FOLDER={world / 'images'}", f"SAMPLES={world / 'samples.gpkg'}",
        "TARGETS=tree;maize;rice;bare", f"LEVELS={world / 'levels.csv'}", "MODEL_TYPE=stack", "EPOCHS=2", "QUICK=true",
        f"makeseries:Series={tmp_path / 'series.json'}", f"trainabundance:Model={model}",
        f"mapabundance:Fractions={fractions}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, names = read_raster(fractions)
    assert names == ("tree", "maize", "rice", "bare", "crop")
    np.testing.assert_allclose(values[1] + values[2], values[4], atol=1e-6)
    assert model.exists()


def test_the_model_of_crops_runs_by_its_id(qgis_process, tmp_path):
    world = tmp_path / "farms"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "FAMILY=crops", "SIZE=64", "SEED=3", f"OUTPUT_FOLDER={world}"
    )
    assert status == 0, out + err
    classes, fields = tmp_path / "classes.tif", tmp_path / "fields.gpkg"
    status, out, err = qgis_process(
        "run", "regionwise:crop_map", "--", f"FOLDER={world / 'images'}", f"SAMPLES={world / 'samples.gpkg'}",
        "CLASS_FIELD=crop", "SOURCE_FIELD=field", f"PARCELS={world / 'fields.gpkg'}", "MODEL_TYPE=stack", "EPOCHS=2",
        "QUICK=true", f"makeseries:Series={tmp_path / 'series.json'}", f"traincrops:Model={tmp_path / 'm.safetensors'}",
        f"mapcrops:Classes={classes}", f"mapcrops:Parcel classes={fields}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, _ = read_raster(classes)
    assert set(np.unique(values)) <= {1, 2, 3, 4, 5}
    table = gpd.read_file(fields)
    assert {"field", "majority", "share", "confidence", "pixels"} <= set(table)


def test_the_model_of_susceptibility_runs_by_its_id(qgis_process, tmp_path):
    world = tmp_path / "hills"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "FAMILY=susceptibility", "SIZE=96", "SEED=3", f"OUTPUT_FOLDER={world}"
    )
    assert status == 0, out + err
    factors, found, classes = world / "factors", tmp_path / "probability.tif", tmp_path / "classes.tif"
    blocks = tmp_path / "blocks.gpkg"
    status, out, err = qgis_process(
        "run", "regionwise:susceptibility_map", "--", f"DEM={factors / 'dem.tif'}",
        f"FACTORS={factors / 'wetness.tif'}", f"FACTORS={factors / 'lithology.tif'}", "CATEGORICAL=lithology",
        f"INVENTORY={world / 'inventory.gpkg'}", "BLOCKS=16", "BUFFER=90", "PREVALENCE=0.08", "QUICK=true",
        f"segmentblocks:Blocks={blocks}", f"samplenegatives:Samples={tmp_path / 'samples.gpkg'}",
        f"trainsusceptibility:Model={tmp_path / 'm.safetensors'}", f"mapsusceptibility:Probability={found}",
        f"mapsusceptibility:Classes={classes}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, names = read_raster(found)
    truth, _ = read_raster(world / "truth.tif")
    assert names == ("probability",)
    known = np.isfinite(values)
    assert known.mean() > 0.95 and np.corrcoef(values[known], truth[known])[0, 1] > 0.5
    assert set(np.unique(read_raster(classes)[0][known])) <= {1, 2, 3, 4, 5}
    assert gpd.read_file(blocks)["samples"].min() >= 10


def test_the_model_of_forecasts_runs_by_its_id(qgis_process, tmp_path):
    world = tmp_path / "years"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "FAMILY=forecast", "SIZE=64", "SEED=3", f"OUTPUT_FOLDER={world}"
    )
    assert status == 0, out + err
    found, change = tmp_path / "next.tif", tmp_path / "change.tif"
    status, out, err = qgis_process(
        "run", "regionwise:forecast_next_year", "--", f"FOLDER={world / 'images'}", f"MASKS={world / 'mines.tif'}",
        "YEARS=2", "QUICK=true", f"makeseries:Series={tmp_path / 'series.json'}", f"mapforecast:Forecast={found}",
        f"mapforecast:Change={change}", f"mapforecast:Intervals={tmp_path / 'bounds.tif'}",
        f"trainforecast:Model={tmp_path / 'm.safetensors'}",
        f"trainforecast:Report of the training={tmp_path / 'r.html'}",
    )  # fmt: skip
    assert status == 0, out[-3000:] + err
    values, names = read_raster(found)
    assert names == ("EVI 2024-01-01", "EVI 2025-01-01")
    last = read_raster(world / "images" / "EVI_20230101.tif")[0][0]
    known = np.isfinite(last)
    assert np.isfinite(values).all() and np.corrcoef(values[0][known], last[known])[0, 1] > 0.9
    assert "inside mine" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_engine_is_checked_with_and_without_one(qgis_process, tmp_path):
    report = tmp_path / "check.html"
    status, out, err = qgis_process("run", "regionwise:checkengine", "--", f"REPORT={report}")
    assert status == 0, out + err
    assert "The engine works." in report.read_text()
    assert "Package torch" in report.read_text()
    found = run_in_qgis(
        f"""
result = processing.run("regionwise:checkengine", {{"REPORT": {str(report)!r}}})
print(json.dumps(result["VERDICT"]))
""",
        REGIONWISE_PYTHON="",
        REGIONWISE_HOME=str(tmp_path / "nothing"),
    )
    assert found.startswith("The engine is not installed. Run 'Install engine'")
    assert "The engine is not installed" in report.read_text()
