"""One run at a time writes to an output: a second one is told in a sentence, and the first goes on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.locks import one_run
from regionwise.core.contract.protocol import Job, write_job
from regionwise.core.tools.simulation.params import Simulation
from support import ROOT


def test_a_second_run_of_one_output_is_told(tmp_path):
    told = pytest.raises(RegionwiseError, match="Another run is writing to the output of '.*job' just now")
    with one_run(tmp_path / "o.tif.job"):
        with told, one_run(tmp_path / "o.tif.job"):
            pass
        with one_run(tmp_path / "p.tif.job"):
            pass
    with one_run(tmp_path / "o.tif.job"):
        pass


def test_a_run_without_qgis_waits_for_none_and_says_so(tmp_path):
    folder = tmp_path / "w.job"
    folder.mkdir()
    params = Simulation(size=64, output_folder=str(tmp_path / "w"))
    write_job(folder / "job.json", Job("Simulation", params.to_json(), {}))
    command = [sys.executable, "-m", "regionwise.core.worker", str(folder / "job.json")]
    environment = {"PYTHONPATH": str(ROOT / "_alias"), "PATH": "/usr/bin:/bin"}
    with one_run(folder):
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    last = json.loads(run.stdout.splitlines()[-1])
    assert (run.returncode, last["kind"]) == (1, "error")
    assert "Another run is writing" in last["message"]
    assert not (tmp_path / "w").exists()
