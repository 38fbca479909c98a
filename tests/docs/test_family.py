"""The recipe of a family in docs/family.md works as it stands: a sixth family is trained and maps in a copy."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from support import ROOT, read_raster, run_in_qgis

FOLDERS = ("_alias", "algorithms", "core", "gui", "help", "i18n", "models", "resources")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the plugin with the family of the recipe."""
    folder = tmp_path_factory.mktemp("plugin")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "plugin.py", "metadata.txt"):
        shutil.copy(ROOT / name, folder)
    recipe = (ROOT / "docs" / "family.md").read_text(encoding="utf-8")
    for path, code in re.findall(r"```(?:python|markdown)\n# (\S+)\n(.*?)```", recipe, re.DOTALL):
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(before + code, encoding="utf-8")
    (folder / "core/families/cover/__init__.py").touch()
    return folder


def run_job(copy, folder, task, **params):
    """Run a job by the engine of the copy."""
    job = folder / f"{task}.json"
    job.write_text(json.dumps({"protocol": 1, "task": task, "params": params, "settings": {"threads": 1}}))
    environment = {**os.environ, "PYTHONPATH": str(copy / "_alias")}
    command = [sys.executable, "-m", "regionwise.core.worker", str(job)]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]


def layer(path):
    return {"path": str(path), "name": path.stem}


@pytest.mark.train
def test_the_family_of_the_recipe_is_trained_and_maps(copy, world, tmp_path):
    common = {"rasters": [layer(world / "day.tif")], "model": str(tmp_path / "cover.safetensors")}
    run_job(
        copy, tmp_path, "CoverTraining", **common, samples=layer(world / "samples.gpkg"),
        targets=["F", "F_NF", "NF_F", "NF"], validation="random", folds=2, report=str(tmp_path / "cover.html"),
    )  # fmt: skip
    run_job(copy, tmp_path, "CoverMapping", **common, output=str(tmp_path / "cover.tif"))
    shares, names = read_raster(tmp_path / "cover.tif")
    truth, _ = read_raster(world / "truth.tif")
    assert names == ("F", "F_NF", "NF_F", "NF")
    np.testing.assert_allclose(np.nansum(shares, 0)[np.isfinite(shares[0])], 1, atol=1e-5)
    known = np.isfinite(shares).all(0) & np.isfinite(truth).all(0)
    assert np.corrcoef(shares[:, known].ravel(), truth[:, known].ravel())[0, 1] > 0.5
    assert "R2" in (tmp_path / "cover.html").read_text(encoding="utf-8")


@pytest.mark.qgis
def test_qgis_lists_the_family_of_the_recipe(copy):
    code = "print(json.dumps([a.id() for a in plugin.provider.algorithms()]))"
    listed = run_in_qgis(code, PYTHONPATH=f"{copy / '_alias'}:/usr/share/qgis/python/plugins")
    assert {"regionwise:traincover", "regionwise:mapcover", "regionwise:traincomposition"} <= set(listed)


def test_the_recipe_is_formatted_and_keeps_the_order_of_rooms(copy):
    own = [str(path) for path in copy.rglob("cover*") if path.suffix == ".py" or path.is_dir()]
    configuration = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *configuration, *own], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout
