"""The light tier, which QGIS imports: it loads by the standard library alone on every system, and files are UTF-8."""

import subprocess
import sys

from regionwise.core.contract.protocol import Job, Settings, decode, encode, read_job, write_job
from regionwise.core.tools.simulation.params import Simulation
from rooms import light_files, module_of
from support import ROOT

PLUGIN = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "algorithms").rglob("[!_]*.py")
)
NO_QGIS = tuple(f"ModuleNotFoundError: No module named '{name}'" for name in ("qgis", "processing"))


def loads(modules, *options):
    """Return the names of the modules that load in a fresh Python, with the reason for those that do not."""
    code = f"""
import importlib, sys
sys.path.insert(0, {str(ROOT / "_alias")!r})
for name in {modules!r}:
    try:
        importlib.import_module("regionwise." + name)
        print(name)
    except Exception as err:
        print(f"{{name}}: {{type(err).__name__}}: {{err}}")
"""
    run = subprocess.run(
        [sys.executable, "-X", "utf8", *options, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    return run.stdout.split("\n")[:-1]


def test_light_tier_loads_without_any_package():
    modules = [".".join(module_of(path)) for path in light_files()]
    assert loads(modules, "-S") == modules


def test_modules_of_the_plugin_lack_nothing_but_qgis():
    found = loads(PLUGIN, "-S")
    assert {"algorithms.processes", "algorithms.client"} <= set(found)
    assert [line for line in found if ":" in line and not line.endswith(NO_QGIS)] == []


def test_job_file_is_utf8_and_comes_back_as_it_was(tmp_path):
    params = Simulation(size=64, output_folder="C:\\Größe\\海")
    job = Job("Simulation", params.to_json(), Settings(temporary_folder="Ärger"))
    path = tmp_path / "Größe 海.json"
    write_job(path, job)
    assert "海" in path.read_bytes().decode("utf-8")
    assert read_job(path) == job
    assert Simulation.from_json(read_job(path).params) == params


def test_messages_are_utf8_and_one_line_each():
    line = encode("log", text="Größe\r\n海")
    assert line.count(b"\n") == 1
    assert decode(line)["text"] == "Größe\r\n海"
