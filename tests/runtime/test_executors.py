"""Parts of a run answer the same here and in processes side by side."""

import io
import os
import signal
import subprocess
import sys
import time

import parts
import psutil
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.local_executor import LocalExecutor
from regionwise.core.runtime.run import Run
from support import ROOT

SIZE = 2**20  # of a part, small enough for any Memory setting


def silent(number, message):
    pass


def machine(tmp_path, **settings):
    return LocalExecutor(Run(Channel(io.BytesIO()), Settings(**settings), tmp_path))


@pytest.mark.parametrize("threads", [1, 2])
def test_parts_answer_and_tell_with_their_numbers(tmp_path, threads):
    said = []
    executor = machine(tmp_path, threads=threads)
    found = dict(executor.perform(parts.square, [(3,), (4,)], lambda *item: said.append(item), size=SIZE))
    assert found == {0: 9, 1: 16}
    assert {(number, message["text"]) for number, message in said if "level" in message} == {
        (0, "squaring 3"), (1, "squaring 4")
    }  # fmt: skip
    assert {number for number, message in said if "fraction" in message} == {0, 1}


def test_threads_depend_on_settings_and_the_number_of_parts_only(tmp_path):
    executor = machine(tmp_path, threads=8, memory_gb=4)
    assert executor.slots(5, SIZE) == (5, 1)
    assert executor.slots(2, SIZE) == (2, 4)
    assert executor.slots(2, 3 * 2**30) == (1, 8)  # the memory allows one process, and that is this one
    assert executor.slots(5, 0) == (1, 8)
    found = machine(tmp_path, threads=2).perform(parts.used_threads, [(), ()], silent, size=SIZE)
    assert [answer for _, answer in found] == [1, 1]


def test_error_of_a_part_ends_the_others_at_once(tmp_path):
    start = time.monotonic()
    with pytest.raises(RegionwiseError, match="Layer 'a' is empty") as caught:
        list(machine(tmp_path, threads=2).perform(parts.refuse, [(0,), (1,)], silent, size=SIZE))
    assert caught.value.remedy == "Choose another one."
    assert time.monotonic() - start < 40


def test_process_that_is_killed_is_told_clearly(tmp_path):
    with pytest.raises(RegionwiseError, match="ended by itself; probably the memory was full"):
        list(machine(tmp_path, threads=2).perform(parts.die, [(0,), (1,)], silent, size=SIZE))


def test_processes_that_are_killed_before_they_have_read_anything_are_told(tmp_path):
    """Arguments larger than a pipe: whoever writes them must not wait for readers that are gone."""
    large = b"x" * 5_000_000
    with pytest.raises(RegionwiseError, match="ended by itself"):
        list(machine(tmp_path, threads=2).perform(parts.die, [(0, large)] * 8, silent, size=SIZE))
    assert list(tmp_path.iterdir()) == []


DRIVER = """
import sys, io
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import parts
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.run import Run
from regionwise.core.runtime.local_executor import LocalExecutor
if __name__ == "__main__":
    place = LocalExecutor(Run(Channel(io.BytesIO()), Settings(threads=2), Path(sys.argv[1])))
    list(place.perform(parts.linger, [(sys.argv[1],)] * 2, print, size=1000))
"""


def test_processes_end_with_their_run_even_if_it_is_killed(tmp_path):
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    command = [sys.executable, str(script), str(tmp_path), str(ROOT / "tests" / "support")]
    run = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")})
    wait_for(lambda: len(list(tmp_path.glob("pid-*"))) == 2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    children = [int(path.name.split("-")[1]) for path in tmp_path.glob("pid-*")]
    wait_for(lambda: not any(psutil.pid_exists(child) for child in children), 10)


def wait_for(condition, seconds=600.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_job_without_a_cluster_imports_no_dask():
    code = "import sys; from regionwise.core.families.composition import map, train as _; "
    code += "print('distributed' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")})  # fmt: skip
    assert found.stdout.strip() == "False"
