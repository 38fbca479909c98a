"""The commands of README and docs work, and the README is short; files that documents name exist.

Bash reads the commands, and one QGIS runs them as `qgis_process` would (`tests/qgis/test_qgis_process.py` has the
real one). Trainings get fewer folds and regions, and half of the samples of a chain that augments no labels.
"""

import os
import re
import subprocess

import geopandas as gpd
import pytest
from documents import commands_of, documents
from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
# what makes a training short
SHORTER = {
    **dict.fromkeys(("traincomposition", "trainabundance", "traincrops", "trainsusceptibility"), "FOLDS=2"),
    **dict.fromkeys(("abundance_map", "crop_map", "susceptibility_map", "forecast_next_year"), "QUICK=true"),
}
AUGMENTING = "composition_regional_ensemble"
SHARES = ["F", "F_NF", "NF_F", "NF"]
FAMILIES = ("composition", "abundance", "crops", "susceptibility", "forecast")
# each block of the README stands alone; those of another page go on where the one before it ended
BLOCKS = {
    f"{path.relative_to(ROOT).as_posix()}{number}": blocks
    for path in documents()
    for number, blocks in (
        enumerate([block] for block in commands_of(path)) if path.name == "README.md" else [("", commands_of(path))]
    )
    if blocks
}


def words_of(block, folder):
    """Let bash run a block of a page in `folder`; return the words of each command of qgis_process in it."""
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
    """Run the commands of a block of a page in `folder`, and look for every file that they name."""
    for action, name, dashes, *words in words_of(block, folder):
        assert (action, dashes) == ("run", "--")
        tool = name.removeprefix("regionwise:")
        if tool == AUGMENTING:
            leave_out_labels(folder / "world" / "samples.gpkg")
        inside.tool(name, *shortened(tool, words), folder=folder)
        if tool == "simulate":
            join_regions(folder / "world" / "regions.gpkg")
        for word in words:
            _, _, value = word.partition("=")
            if value.startswith("results/"):
                assert (folder / value).exists(), word


def shortened(tool, words):
    """Return the words of a command that a test can wait for."""
    if tool not in SHORTER:
        return words
    return [*(word for word in words if not word.startswith("FOLDS=")), SHORTER[tool]]


def join_regions(path):
    """Make two regions of four, so that half as many experts learn."""
    if path.exists():
        regions = gpd.read_file(path)
        regions["region"] = regions["region"].replace({"R3": "R1", "R4": "R2"})
        regions.dissolve("region", as_index=False).to_file(path)


def leave_out_labels(path):
    """Take the labels of every second sample away, for a chain to predict."""
    samples = gpd.read_file(path)
    samples.loc[samples.index % 2 == 1, SHARES] = None
    samples.to_file(path)


def test_the_readme_is_short_and_has_a_block_for_each_family():
    assert len(README.splitlines()) <= 120
    blocks = commands_of(ROOT / "README.md")
    assert len(blocks) == len(FAMILIES)
    for family, block in zip(FAMILIES[1:], blocks[1:], strict=True):
        assert f"FAMILY={family}" in block


def test_every_tutorial_and_the_rerun_of_a_job_are_tested():
    assert {f"docs/tutorials/{family}.md" for family in FAMILIES} <= set(BLOCKS)
    assert "regionwise.core.worker" in BLOCKS["docs/howto/commands.md"][-1]


@pytest.mark.qgis
@pytest.mark.train
@pytest.mark.parametrize("page", BLOCKS)
def test_commands_of_a_page_work(inside, tmp_path, page):
    for block in BLOCKS[page]:
        before = {path: path.read_bytes() for path in (tmp_path / "results").glob("*.tif")}
        perform(inside, block, tmp_path)
        for path, content in before.items():  # a rerun gives the same file
            assert path.read_bytes() == content, path.name


@pytest.mark.qgis
def test_every_algorithm_stands_in_the_list_of_tools_by_the_title_of_its_page(provider):
    listed = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for algorithm in provider.algorithms():
        name = algorithm.name()
        title = re.search(r"^# (.+)$", (ROOT / "help" / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)[1]
        assert f"[{title}](../help/{name}.md)" in listed


def test_no_place_for_a_figure_is_left_open():
    for path in documents():
        assert not re.search(r"\b[A-Z]+_(?:TABLE|RESULT)\b|\bDEMO_MINUTES\b", path.read_text(encoding="utf-8")), path


def test_files_named_in_the_documents_exist():
    for document in ("CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:core|tests|tools|models|resources|algorithms)/[\w/.-]+\.\w+)`", text):
            if "abundance" not in name:  # the worked example
                assert (ROOT / name).exists(), name


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
