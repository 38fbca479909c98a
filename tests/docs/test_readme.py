"""The commands in the README work as they stand there; its figures and links exist."""

import os
import re
import subprocess

from support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_commands_of_the_readme_work(tmp_path):
    blocks = re.findall(r"<!-- tested -->\n```bash\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 8
    script = f'qgis_process() {{ "{ROOT}/dev" qgis_process "$@"; }}\nset -e\n' + "\n".join(blocks)
    variables = {**os.environ, "REGIONWISE": str(ROOT), "ENGINE_PYTHON": str(ROOT / ".venv/bin/python")}
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False, timeout=1800,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    for name in ("model.safetensors", "report.html", "shares.tif", "uncertainty.tif", "chain.tif", "applicability.tif"):
        assert (tmp_path / "results" / name).exists()


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
