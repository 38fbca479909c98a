"""The lock of the installer: never two inside, never blocked after a death."""

import os
import signal
import subprocess
import sys

import pytest
from regionwise.algorithms.install.guard import alone
from regionwise.core.contract.errors import RegionwiseError

TRIES = 1000
HAMMER = """
import sys
from pathlib import Path
from regionwise.algorithms.install.guard import alone
from regionwise.core.contract.errors import RegionwiseError
folder, tries = Path(sys.argv[1]), int(sys.argv[2])
entered = doubled = refused = 0
inside = folder / "inside"
while not (folder / "go").exists():
    pass
while entered < tries:
    try:
        with alone(folder / "lock"):
            entered += 1
            try:
                inside.touch(exist_ok=False)
            except FileExistsError:
                doubled += 1
            inside.unlink(missing_ok=True)
    except RegionwiseError:
        refused += 1
print(doubled, refused)
"""
HOLD = """
import os, sys, time
from pathlib import Path
from regionwise.algorithms.install.guard import alone
with alone(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    time.sleep(600)
"""


def start(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p.endswith("_alias"))}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_never_two_inside_in_a_thousand_tries(tmp_path):
    running = [start(HAMMER, tmp_path, TRIES // 4) for _ in range(4)]
    (tmp_path / "go").touch()
    counts = [[int(n) for n in process.communicate(timeout=60)[0].split()] for process in running]
    assert sum(doubled for doubled, _ in counts) == 0
    assert sum(refused for _, refused in counts) > 0, "they were never there at the same time"


def test_second_one_is_told_and_the_first_one_goes_on(tmp_path):
    with alone(tmp_path / "lock"):
        told = pytest.raises(RegionwiseError, match="Another QGIS window is changing the engine in '.*' just now")
        with told, alone(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()


def test_death_opens_the_lock_whatever_numbers_processes_have(tmp_path):
    holder = start(HOLD, tmp_path / "lock")
    try:
        holder.stdout.readline()
        with pytest.raises(RegionwiseError), alone(tmp_path / "lock"):
            pass
    finally:
        holder.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        holder.wait()
    with alone(tmp_path / "lock"):
        pass


def test_text_of_an_older_version_in_the_lock_does_not_matter(tmp_path):
    (tmp_path / "lock").write_text(str(os.getpid()))
    with alone(tmp_path / "lock"):
        pass


def test_child_of_the_installer_does_not_keep_the_lock(tmp_path):
    with alone(tmp_path / "lock"):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with alone(tmp_path / "lock"):
            pass
    finally:
        child.communicate(b"\n")


def test_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    told = pytest.raises(RegionwiseError, match=r"file' cannot be written .*(?s:.*)REGIONWISE_HOME")
    with told, alone(tmp_path / "file" / "lock"):
        pass
