"""The audit of samples: what its verdict says where nothing, a notice, or a problem is found."""

import geopandas as gpd
import numpy as np
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.evaluation.check_samples import check_samples
from regionwise.core.tools.evaluation.params import SampleAudit
from support import run_task

SIDE, STEP = 15, 1000


@pytest.fixture
def audited(tmp_path):
    """Return a function that audits samples on an even grid, changed as wanted; it gives the run and the page."""
    rng = np.random.default_rng(0)
    row, col = np.divmod(np.arange(SIDE**2), SIDE)
    shares = rng.dirichlet([2, 2], SIDE**2)
    columns = {"F": shares[:, 0], "NF": shares[:, 1], "source": [f"s{i}" for i in range(SIDE**2)], "region": "all"}
    points = gpd.points_from_xy(500_000 + STEP * col, 5_000_000 + STEP * row)
    frame = gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:32633")

    def run(change=lambda samples: samples, **params):
        change(frame.copy()).to_file(tmp_path / "s.gpkg")
        params = SampleAudit(
            samples=Layer(str(tmp_path / "s.gpkg"), "samples"), targets=("F", "NF"), source_field="source",
            report=str(tmp_path / "r.html"), **params,
        )  # fmt: skip
        return run_task(check_samples, params, tmp_path / "job"), (tmp_path / "r.html").read_text(encoding="utf-8")

    return run


def test_nothing_found_is_said_of_sound_samples_alone(audited):
    ran, page = audited()
    assert ran.result.verdict.startswith("Can scores from these samples be believed? Yes. Nothing was found in 225")
    assert "Audit of samples" in page and "Where samples lie" in page


def test_a_notice_is_no_nothing(audited):
    ran, page = audited(lambda samples: samples.assign(region=["few"] * 5 + ["many"] * 220), region_field="region")
    assert ran.result.numbers["PROBLEMS"] == 0
    told = "No problem was found, but there are notices: thin region (5 samples)."
    assert ran.result.verdict == f"Can scores from these samples be believed? With care. {told}"
    assert "Nothing was found" not in page and "Where findings lie" in page


def test_a_problem_is_to_be_mended_first(audited):
    ran, page = audited(lambda samples: samples.assign(income=100 * samples["F"]), features=("income",))
    found = "Found: giveaway (225 samples). Mend that first."
    assert ran.result.verdict == f"Can scores from these samples be believed? No. {found}"
    assert "Nothing was found" not in page


def test_a_problem_that_a_training_handles_asks_for_care(audited):
    unit = np.arange(SIDE**2) // 9
    ran, _ = audited(lambda samples: samples.assign(F=samples["F"].to_numpy()[unit], NF=samples["NF"].to_numpy()[unit]))
    assert ran.result.numbers["PROBLEMS"] == 1
    assert ran.result.verdict.startswith("Can scores from these samples be believed? With care. Found: repeated labels")
    assert "a training refuses folds that part such labels" in ran.result.verdict
