"""Models, series and jobs that version 0.2.0 wrote still work, and give the same answers (see README.md)."""

import json
import os
import re
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from pages import text_of
from support import ROOT

HERE = Path(__file__).parent
STEP = 6  # of the cells that are kept
ADDED = re.compile("^deviation$|^width$| width$")  # bands that came since then, after all others


def names_of(path):
    """Return the models in an archive, each with its family."""
    with tarfile.open(path) as archive:
        return [f"{path.parent.name}/{Path(name).stem}" for name in archive.getnames()]


MODELS = sorted(name for path in HERE.glob("*/models.tar.xz") for name in names_of(path))
JOBS = sorted(str(path.relative_to(HERE))[: -len(".json")] for path in HERE.glob("*/*.json") if path.stem != "training")
BY_PROCESS = ("composition/regions", "abundance/stack", "crops/stack", "susceptibility/stack", "forecast/stack")
EXACT = {"boosting", "ridge", "unmixing", "simple"}  # types of members whose answers no library changes
CLOSE, NEARLY = {"rtol": 1e-6, "atol": 1e-6}, {"rtol": 1e-5, "atol": 1e-5}
# since then a logistic-normal head answers the mean of the shares, where it answered their centre
MOVED = {"composition/network_logistic_normal": {"rtol": 0, "atol": 0.02}}


def unpack(model, folder):
    """Write a kept model as a file of its own; return its path."""
    path = folder / f"{Path(model).name}.safetensors"
    if not path.exists():
        with tarfile.open(HERE / Path(model).parent / "models.tar.xz") as archive:
            path.write_bytes(archive.extractfile(path.name).read())
    return path


def card_of(path):
    """Return the card of a model file, read without the product."""
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    return json.loads(header["__metadata__"]["regionwise"])


def fill(job, folder):
    """Write a kept job with this run's folders, and the models that it names; return its path, and theirs."""
    family = HERE / job.partition("/")[0]
    text = (HERE / f"{job}.json").read_text(encoding="utf-8")
    (folder / "out").mkdir(parents=True)
    models = []
    for key in ("model", "regional_model"):
        name = json.loads(text)["params"].get(key, "")
        if name.startswith("{models}"):
            models.append(unpack(f"{family.name}/{Path(name).stem}", folder))
    for mark, real in (("earlier", family), ("out", folder / "out"), ("models", folder)):
        text = text.replace(f"{{{mark}}}", real.as_posix())
    path = folder / "job.json"
    path.write_text(text, encoding="utf-8")
    return path, models


def perform(path, *, process=False):
    """Run a job by the worker, in this process or in one of its own."""
    if process:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "_alias"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "regionwise.core.worker", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
        return
    from regionwise.core.worker import main

    before = dict(os.environ)  # the worker sets what libraries read
    try:
        assert main([str(path)]) == 0
    finally:
        os.environ.clear()
        os.environ.update(before)


def write_job(path, task, params):
    settings = {"memory_gb": 2.0, "threads": 1, "device": "cpu", "temporary_folder": "", "scheduler": ""}
    content = {"task": task, "params": params, "settings": settings, "protocol": 1, "version": "0.2.0"}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def found_at(path):
    """Return the kept cells of a raster, and the names of its bands."""
    with rasterio.open(path) as file:
        values = file.read(masked=True)
        empty = np.nan if values.dtype.kind == "f" else 0
        return values.filled(empty)[:, ::STEP, ::STEP], [text or "" for text in file.descriptions]


def compare(name, found, kept, tolerance):
    assert found.dtype.kind == kept.dtype.kind and found.shape == kept.shape, name
    if kept.dtype.kind == "f":
        np.testing.assert_allclose(found, kept, err_msg=name, **tolerance)
    elif tolerance is CLOSE:
        np.testing.assert_array_equal(found, kept, err_msg=name)
    else:
        assert (found != kept).sum() <= 1, name  # one at most, where two classes are as good


def test_there_is_something_of_every_kind(tmp_path):
    """A file that is lost must not look as one that works."""
    found = {}
    for name in MODELS:
        family, _, _ = name.partition("/")
        (tmp_path / family).mkdir(exist_ok=True)
        card = card_of(unpack(name, tmp_path / family))
        for member in card["members"]:
            found.setdefault(card["family"], set()).add(member["type"])
    assert found == {
        "composition": {"network", "boosting"},
        "abundance": {"brits", "brits_reference", "boosting", "unmixing"},
        "crops": {"tempcnn", "ltae", "convlstm", "convlstm_reference", "boosting"},
        "susceptibility": {"pooled", "boosting", "meta", "meta_reference"},
        "forecast": {"ridge", "boosting", "residual", "convlstm_unet", "convlstm_unet_reference", "simple"},
    }
    assert set(BY_PROCESS) <= set(JOBS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_read_and_tells_its_scores(name, tmp_path):
    from regionwise.core.learning.model_file import read_model

    path = unpack(name, tmp_path)
    raw, card = card_of(path), read_model(str(path)).card
    assert raw["format"] == 1
    assert card.scores == raw["scores"] and card.components == raw["components"]
    assert [member.name for member in card.members] == [member["name"] for member in raw["members"]]
    report = tmp_path / "card.html"
    perform(write_job(tmp_path / "job.json", "ModelInspection", {"model": str(path), "report": str(report)}))
    page = text_of(report).replace("−", "-")
    assert card.scores
    for row in card.scores:
        assert str(row["model"]) in page
        for key, value in row.items():
            if isinstance(value, float) and 0.1 <= abs(value) < 1000:
                assert any(f"{value:.{digits}f}" in page for digits in range(2, 7)), key


@pytest.mark.train
@pytest.mark.parametrize("name", JOBS)
def test_a_job_makes_the_same_map(name, tmp_path):
    path, models = fill(name, tmp_path)
    perform(path, process=name in BY_PROCESS)
    types = {member["type"] for model in models for member in card_of(model)["members"]}
    tolerance = MOVED.get(name, CLOSE if types <= EXACT else NEARLY)
    with np.load(HERE / f"{name}.npz") as kept:
        parts = {key.partition(".")[0] for key in kept}
        assert {each.stem for each in (tmp_path / "out").glob("*.tif")} == {p for p in parts if f"{p}.bands" in kept}
        for part in sorted(parts):
            if f"{part}.bands" in kept:
                found, bands = found_at(tmp_path / "out" / f"{part}.tif")
                known = kept[f"{part}.bands"].tolist()
                assert bands[: len(known)] == known
                assert all(ADDED.search(name) for name in bands[len(known) :]), bands
                compare(part, found[: len(known)], kept[part], tolerance)
            else:
                compare_parcels(tmp_path / "out" / f"{part}.gpkg", part, kept)


def compare_parcels(path, part, kept):
    import geopandas as gpd

    frame = gpd.read_file(path)
    for key in kept:
        if key.startswith(f"{part}."):
            values = kept[key]
            found = frame[key.partition(".")[2]].to_numpy()
            if values.dtype.kind in "iuf":
                # since then the confidence is that of the parcel as a whole; else a pixel may lie between two classes
                tolerance = 0.12 if key.endswith("confidence") else 0.02
                np.testing.assert_allclose(found, values, err_msg=key, rtol=0, atol=tolerance)
            else:
                assert found.astype(str).tolist() == values.tolist()


@pytest.mark.train
def test_a_training_scores_as_it_did(tmp_path):
    """Trees and baselines learn the same; a network learns validation samples, too, which it did not."""
    path, _ = fill("composition/training", tmp_path)
    perform(path)
    kept = pd.read_csv(HERE / "composition" / "training.csv")
    found = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert set(kept) <= set(found) and len(found) == len(kept)
    for column in kept.columns.difference(["low", "high"]):  # intervals come from other units now
        if kept[column].dtype.kind in "if":
            learned = kept["model"].isin(["network", "stack"]).to_numpy()
            np.testing.assert_allclose(found[column][~learned], kept[column][~learned], rtol=1e-5, atol=1e-5)
            assert np.isfinite(found[column][learned]).all() and found["rmse"][learned].max() < 0.5
        else:
            assert found[column].tolist() == kept[column].tolist()
    card = card_of(tmp_path / "out" / "model.safetensors")
    assert card["format"] == 3 and card["family"] == "composition"
    assert {member["type"] for member in card["members"]} == {"network", "boosting"}
    assert (tmp_path / "out" / "report.html").exists() and (tmp_path / "out" / "predictions.gpkg").exists()
