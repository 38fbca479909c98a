"""The installer: finds a Python by running it, swaps atomically, repairs, removes, and works offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from regionwise.algorithms import installer, managed
from regionwise.core.errors import CancelledError, RegionwiseError
from support import ROOT, run_in_qgis


class Feedback(installer.Console):
    """Keeps lines, and cancels at the first one that holds `cancel_at`."""

    def __init__(self, cancel_at=""):
        self.lines = []
        self._cancel_at = cancel_at

    def pushInfo(self, info):
        self.lines.append(info)

    def isCanceled(self):
        return bool(self._cancel_at) and any(self._cancel_at in line for line in self.lines)


def fake_engine(home, name="engine-old"):
    interpreter = installer.interpreter_of(home / name)
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    (home / managed.POINTER).write_text(json.dumps({"folder": name}))
    return interpreter


def install(home, feedback=None, **changes):
    options = {"source": "index", "device": "cpu", "repair": False, "feedback": feedback or Feedback(), **changes}
    return managed.install(home, **options)


def test_python_is_found_by_running_candidates(tmp_path):
    text = tmp_path / "python3"
    text.write_text("#!/bin/sh\nexit 0\n")
    text.chmod(0o755)
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\necho "[[3, 9], true]"\n')
    old.chmod(0o755)
    tried = ["/no/python", str(text), str(old), "/usr/bin/python3"]
    assert installer.find_python(tried) == "/usr/bin/python3"
    with pytest.raises(RegionwiseError, match=r"/no/python: not there; .*does not run as Python; .*Python 3.9"):
        installer.find_python(tried[:3])


def test_lock_is_rewritten_for_the_device():
    cpu, torch = installer.requirements("cpu")
    cuda, _ = installer.requirements("cuda")
    assert torch == "2.13.0"
    assert any(line.startswith("xgboost-cpu==") for line in cpu)
    assert any(line.startswith("xgboost==") for line in cuda)
    assert all("==" in line for line in cpu)
    assert installer.stamp("cpu") != installer.stamp("cuda")


def test_folder_without_wheels_is_refused_and_the_old_engine_stays(tmp_path):
    interpreter = fake_engine(tmp_path)
    with pytest.raises(RegionwiseError, match="is no folder of wheels"):
        install(tmp_path, source=str(tmp_path / "nothing"))
    assert managed.managed_interpreter(tmp_path) == interpreter


def test_failed_installation_changes_nothing_and_leaves_nothing(tmp_path):
    interpreter = fake_engine(tmp_path)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "torch-2.13.0-py3-none-any.whl").write_text("no wheel")
    with pytest.raises(RegionwiseError, match="Building the engine failed(?s:.*)folder of wheels"):
        install(tmp_path, source=str(wheels))
    assert managed.managed_interpreter(tmp_path) == interpreter
    assert [p.name for p in tmp_path.glob("engine-*")] == ["engine-old"]
    assert not (tmp_path / managed.GUARD).exists()


def test_cancelled_installation_changes_nothing(tmp_path):
    interpreter = fake_engine(tmp_path)
    with pytest.raises(CancelledError):
        install(tmp_path, Feedback(cancel_at="Building the engine"))
    assert managed.managed_interpreter(tmp_path) == interpreter
    assert [p.name for p in tmp_path.glob("engine-*")] == ["engine-old"]


def test_up_to_date_engine_is_kept_and_another_one_replaced(tmp_path, monkeypatch):
    interpreter = fake_engine(tmp_path)
    (interpreter.parents[1] / installer.STAMP).write_text(installer.stamp("cpu"))
    built = []

    def build(folder, **options):
        built.append(folder)
        target = installer.interpreter_of(folder)
        target.parent.mkdir(parents=True)
        target.touch()
        return target

    monkeypatch.setattr(installer, "build", build)
    assert install(tmp_path) == interpreter
    assert not built
    new = install(tmp_path, repair=True)
    assert managed.managed_interpreter(tmp_path) == new
    assert [p.name for p in tmp_path.glob("engine-*") if p.is_dir()] == [built[0].name]


def test_two_windows_cannot_install_at_once_but_a_dead_one_does_not_block(tmp_path):
    (tmp_path / managed.GUARD).write_text(str(os.getpid()))
    with pytest.raises(RegionwiseError, match="Another QGIS window is changing the engine"):
        managed.remove(tmp_path)
    finished = subprocess.Popen(["true"])
    finished.wait()
    (tmp_path / managed.GUARD).write_text(str(finished.pid))
    assert managed.remove(tmp_path) is False


def test_remove_removes(tmp_path):
    fake_engine(tmp_path)
    assert managed.remove(tmp_path) is True
    assert managed.managed_interpreter(tmp_path) is None
    assert not list(tmp_path.glob("engine-*"))


def test_disk_too_small_for_the_engine_is_told_before(tmp_path, monkeypatch):
    monkeypatch.setitem(installer.NEEDED_GIB, "cpu", 1e6)
    with pytest.raises(RegionwiseError, match="The engine needs 1e\\+06 GiB"):
        install(tmp_path)


@pytest.fixture(scope="session")
def wheels():
    """A folder with all wheels of the engine, as a user without internet would bring it along."""
    folder = ROOT / ".cache" / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    pins, torch = installer.requirements("cpu")
    pip = [str(ROOT / ".venv/bin/python"), "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d", str(folder)]
    if not list(folder.glob("torch-*")):
        exact = subprocess.run([*pip, f"torch=={torch}+cpu"], capture_output=True, check=False)
        if exact.returncode:
            pytest.skip("no CPU build of torch can be downloaded here")
    subprocess.run([*pip, "--find-links", str(folder), *pins], check=True, capture_output=True)
    return folder


def test_engine_from_a_folder_of_wheels_installs_offline_works_and_is_removed(wheels, tmp_path):
    home = tmp_path / "engine home"
    found = run_in_qgis(
        f"""
first = processing.run("regionwise:installengine", {{"SOURCE": {str(wheels)!r}, "DEVICE": "cpu"}})
world = processing.run("regionwise:simulate", {{"SIZE": 64, "OUTPUT_FOLDER": {str(tmp_path / "w")!r}}})
checked = processing.run("regionwise:checkengine", {{"REPORT": {str(tmp_path / "c.html")!r}}})
processing.run("regionwise:installengine", {{"ACTION": "remove"}})
print(json.dumps([first["INTERPRETER"], checked["VERDICT"]]))
""",
        REGIONWISE_PYTHON="",
        REGIONWISE_HOME=str(home),
        PIP_INDEX_URL="http://127.0.0.1:9/none",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert found[0].startswith(str(home))
    assert found[1] == "The engine works."
    assert (tmp_path / "w" / "day.tif").exists()
    assert not list(Path(home).glob("engine*"))
