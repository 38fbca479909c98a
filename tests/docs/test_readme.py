"""The commands in the README work; its figures and links exist.

Bash reads the commands, and one QGIS runs them as `qgis_process` would (`tests/qgis/test_qgis_process.py` has the
real one). Trainings get fewer folds and regions, and half of the samples of the chain no labels.
"""

import os
import re
import subprocess

import geopandas as gpd
import pytest
from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- tested -->\n```bash\n(.*?)```", README, re.DOTALL)
FOLDED = ("traincomposition", "trainabundance", "traincrops", "trainsusceptibility")
SHARES = ["F", "F_NF", "NF_F", "NF"]


def words_of(block, folder):
    """Let bash run a block of the README in `folder`; return the words of each command of qgis_process in it."""
    typed = folder / "typed"
    typed.touch()
    script = f"""qgis_process() {{ printf '%s\\0' "$@" '' >> "{typed}"; }}\nset -e\n{block}"""
    variables = {**os.environ, "REGIONWISE": str(ROOT), "ENGINE_PYTHON": str(ROOT / ".venv/bin/python")}
    run = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=600,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    commands = [command.split("\0") for command in typed.read_text(encoding="utf-8").split("\0\0")[:-1]]
    typed.unlink()
    return commands


def perform(inside, block, folder):
    """Run the commands of a block of the README in `folder`."""
    for action, name, dashes, *words in words_of(block, folder):
        assert (action, dashes) == ("run", "--")
        others = [word for word in words if not word.startswith("FOLDS=")]
        folded = name.removeprefix("regionwise:") in FOLDED
        inside.tool(name, *((*others, "FOLDS=2") if folded else words), folder=folder)
        for word in words:
            key, _, value = word.partition("=")
            if "results/" in value and not key.isupper():  # an output of a model
                assert (folder / value).exists(), word


def test_all_blocks_of_the_readme_are_run():
    assert len(BLOCKS) == 8
    assert all("qgis_process run" in block for block in BLOCKS[:7])
    assert "regionwise.core.worker" in BLOCKS[7]


@pytest.mark.qgis
@pytest.mark.train
@pytest.mark.parametrize(
    ("block", "made"),
    [
        (2, ["series.json", "gaps.html", "abundance.html", "fractions.tif"]),
        (3, ["crops.html", "crops.tif", "confidence.tif", "fields.gpkg"]),
        (4, ["terrain/slope.tif", "blocks.gpkg", "samples.gpkg", "probability.tif", "susceptibility.tif", "doubt.tif"]),
        (5, ["mine.gpkg", "forecast.html", "2023_bounds.tif", "2023_skill.tif", "2023.html", "2024.tif", "coming"]),
    ],
    ids=["abundance", "crops", "susceptibility", "forecast"],
)
def test_commands_of_a_family_work(inside, tmp_path, block, made):
    perform(inside, BLOCKS[block], tmp_path)
    for name in made:
        assert (tmp_path / "results" / name).exists(), name


@pytest.mark.qgis
@pytest.mark.train
def test_commands_for_compositions_work_with_the_chain_and_the_engine_alone(inside, tmp_path):
    simulate, *others = BLOCKS[0].split("\n\n")
    perform(inside, simulate, tmp_path)
    regions = gpd.read_file(tmp_path / "world" / "regions.gpkg")
    regions["region"] = regions["region"].replace({"R3": "R1", "R4": "R2"})
    regions.dissolve("region", as_index=False).to_file(tmp_path / "world" / "regions.gpkg")
    perform(inside, "\n\n".join(others), tmp_path)
    perform(inside, BLOCKS[1], tmp_path)
    samples = gpd.read_file(tmp_path / "world" / "samples.gpkg")
    samples.loc[samples.index % 2 == 1, SHARES] = None  # for the chain to predict
    samples.to_file(tmp_path / "world" / "samples.gpkg")
    perform(inside, BLOCKS[6], tmp_path)
    results = tmp_path / "results"
    before = (results / "shares.tif").read_bytes()
    (results / "shares.tif").unlink()
    perform(inside, BLOCKS[7], tmp_path)
    assert (results / "shares.tif").read_bytes() == before
    for name in (
        "report.html",
        "regions.html",
        "uncertainty.tif",
        "audit.html",
        "applicability.tif",
        "chain.tif",
        "dominant.tif",
        "verified.html",
        "shares.stac.json",
    ):
        assert (results / name).exists(), name


def test_links_and_pictures_of_the_documents_exist():
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("http") or (ROOT / target).exists(), target
        assert not re.search(r"\b[A-Z]+_TABLE\b|\bDEMO_MINUTES\b", text)


def test_files_named_in_the_documents_exist():
    for document in ("CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:core|tests|tools|models|resources|algorithms)/[\w/.-]+\.\w+)`", text):
            if "abundance" not in name:  # the worked example
                assert (ROOT / name).exists(), name


@pytest.mark.qgis
def test_every_algorithm_stands_in_the_readme(provider):
    for algorithm in provider.algorithms():
        assert algorithm.displayName() in README


def test_zip_holds_the_plugin_and_nothing_else(tmp_path):
    import configparser
    import zipfile

    run = subprocess.run([str(ROOT / "dev"), "zip"], capture_output=True, text=True, check=True)
    with zipfile.ZipFile(run.stdout.strip()) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert all(name.startswith("regionwise/") for name in names)
    assert "regionwise/resources/engine-lock.json" in names
    assert "regionwise/models/composition_regional_ensemble.model3" in names
    assert not [n for n in names if "tests/" in n or ".venv" in n or "__pycache__" in n or n.endswith(".png")]
    parser = configparser.ConfigParser()
    parser.read(tmp_path / "regionwise" / "metadata.txt")
    assert parser["general"]["name"] == "Regionwise"
    size = sum((tmp_path / name).stat().st_size for name in names if (tmp_path / name).is_file())
    assert size < 5_000_000
