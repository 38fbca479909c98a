"""The home of the engine: where it lies, what must fit there, and that nothing in use is half removed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from regionwise.algorithms.install import home as homes
from regionwise.algorithms.install.lock import Plan, Wheel
from regionwise.core.contract.errors import RegionwiseError
from support import ROOT

SITE = len("\\1234\\Lib\\site-packages\\")


def plan(size=10, longest=167):
    return Plan(
        "win_amd64", (3, 12), "full", "cpu", (Wheel("torch-1-py3-none-any.whl", ("sha256:0",), size, size, longest),)
    )


def engine(home, name="ab12"):
    """Make what looks like an environment, and put it in force."""
    interpreter = homes.interpreter_of(home / name)
    interpreter.parent.mkdir(parents=True)
    interpreter.touch()
    (home / name / "pyvenv.cfg").touch()
    homes.put_in_force(home, home / name)
    return interpreter


@pytest.mark.parametrize(
    ("system", "variables", "end"),
    [
        ("windows", {"LOCALAPPDATA": "C:/Users/me/AppData/Local"}, "C:/Users/me/AppData/Local/regionwise"),
        ("mac", {}, "Library/Application Support/Regionwise"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/regionwise"),
        ("linux", {}, ".local/share/regionwise"),
        ("windows", {"REGIONWISE_HOME": "D:/r", "LOCALAPPDATA": "C:/x"}, "D:/r"),
    ],
)
def test_home_is_the_users_folder_for_data_whatever_the_profile(monkeypatch, system, variables, end):
    monkeypatch.setattr(homes, "this_system", lambda: system)
    assert homes.default_home(variables).as_posix().endswith(end)


def test_longest_path_is_held_against_windows_before_anything_comes(tmp_path):
    deep = tmp_path / ("x" * 40)
    room = 259 - SITE - len(str(deep))
    homes.check_home(deep, plan(longest=room), "windows")
    homes.check_home(deep, plan(longest=room + 1), "linux")
    with pytest.raises(RegionwiseError, match=r"too long: a file of torch would have 260 characters .*259(?s:.*)_HOME"):
        homes.check_home(deep, plan(longest=room + 1), "windows")


def test_usual_home_on_windows_has_room_for_a_name_of_twenty_letters():
    from regionwise.algorithms.install.lock import read_lock

    lock, home = read_lock(), r"C:\Users\abcdefghijklmnopqrst\AppData\Local\regionwise"
    longest = max(lock.plan("win_amd64", python, "full", "cpu").longest.longest for python in lock.pythons("win_amd64"))
    assert len(home) + SITE + longest <= 259


def test_full_disk_is_told_before_with_both_figures(tmp_path):
    with pytest.raises(RegionwiseError, match=r"MB left, the engine needs 2,000,000,000(?s:.*)ENGINE = trees"):
        homes.check_home(tmp_path, plan(size=10**15), "linux")


def test_home_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RegionwiseError, match=r"file.home' cannot be written(?s:.*)REGIONWISE_HOME"):
        homes.check_home(tmp_path / "file" / "home", plan(), "linux")


def test_pointer_decides_which_engine_is_in_force(tmp_path):
    assert homes.installed(tmp_path) is None
    interpreter = engine(tmp_path)
    assert homes.installed(tmp_path) == interpreter
    (tmp_path / homes.POINTER).write_text("{")
    assert homes.installed(tmp_path) is None


def test_stamp_says_what_an_environment_holds(tmp_path):
    interpreter = engine(tmp_path)
    assert homes.stamp_of(interpreter) == {}
    homes.write_stamp(tmp_path / "ab12", plan(), "cuda")
    assert homes.stamp_of(interpreter).items() >= {"engine": "full", "device": "cuda", "stamp": plan().stamp}.items()


def test_others_go_and_what_is_no_engine_stays(tmp_path):
    engine(tmp_path, "0001")
    kept = engine(tmp_path, "0002")
    (tmp_path / "old-0000").mkdir()
    (tmp_path / "python").mkdir()
    assert homes.forget_others(tmp_path, "0002") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0002", homes.POINTER, "python"]
    assert kept.exists()


@pytest.mark.skipif(os.name == "nt", reason="there the open program itself stops the renaming")
def test_engine_in_use_is_left_whole_and_goes_the_next_time(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "0001"], check=True)
    interpreter = homes.interpreter_of(tmp_path / "0001")
    code = "from regionwise.core.runtime.engine import hold; hold(); print(1, flush=True); input()"
    alias = {"PYTHONPATH": str(ROOT / "_alias")}
    user = subprocess.Popen(
        [interpreter, "-c", code], env=alias, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    user.stdout.readline()
    before = sorted(tmp_path.rglob("*"))
    assert homes.forget_others(tmp_path) == [tmp_path / "0001"]
    assert sorted(tmp_path.rglob("*")) == before
    user.communicate("\n")
    assert homes.forget_others(tmp_path) == []
    assert not (tmp_path / "0001").exists()


def test_folder_whose_renaming_is_refused_is_left_whole(tmp_path, monkeypatch):
    engine(tmp_path, "0001")

    def refuse(*_):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(homes.os, "replace", refuse)
    assert homes.discard(tmp_path / "0001") is False
    assert (tmp_path / "0001" / "pyvenv.cfg").exists()


def test_engines_in_profiles_of_earlier_versions_are_found(tmp_path):
    for profile in ("default", "other", "third"):
        (tmp_path / profile / "regionwise").mkdir(parents=True)
    (tmp_path / "default" / "regionwise" / "engine-0.2.0-2026").mkdir()
    (tmp_path / "other" / "regionwise" / homes.POINTER).write_text(json.dumps({"folder": "x"}))
    found = homes.engines_of_old_place(tmp_path / "default")
    assert [Path(place).parent.name for place in found] == ["default", "other"]
