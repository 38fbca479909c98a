"""Processes of QGIS: a child and its descendants end by a kill and by the death of this program, on every system."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from regionwise.algorithms.processes import Process, answer
from regionwise.core.contract.causes import crashed, explain_failure, status_name
from regionwise.core.contract.protocol import LESS_MEMORY
from support import ROOT, alive, all_gone

# a child that starts another one, as pip and uv do, tells both numbers, and hangs
FAMILY = (
    "import os, subprocess, sys, time\n"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(os.getpid(), p.pid, flush=True)\n"
)
HANGING, LEAVING = FAMILY + "time.sleep(600)", FAMILY
# what multiprocessing starts, and a process that this starts
SPAWNED = f"""
import multiprocessing, os, time
def work(family):
    exec(family)
if __name__ == "__main__":
    print(os.getpid(), flush=True)
    process = multiprocessing.get_context("spawn").Process(target=work, args=({HANGING!r},))
    process.start()
    time.sleep(600)
"""


def python(code):
    return [sys.executable, "-X", "utf8", "-c", code]


def environment(**more):
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "WINEDEBUG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT / "_alias"), "PYTHONDONTWRITEBYTECODE": "1", **more}


def numbers(stream, count):
    """Return so many process numbers that a family tells."""
    found = []
    while len(found) < count:
        line = stream.readline()
        assert line, "the family has ended"
        found += [int(word) for word in line.split()]
    return found


@pytest.mark.parametrize("status", [0, 1, 3, 120])
def test_exit_status_passes_through(status):
    assert Process(python(f"raise SystemExit({status})"), environment()).wait() == status


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_signal_of_a_child_passes_through():
    assert Process(python("import os; os.kill(os.getpid(), 11)"), environment()).wait() == -signal.SIGSEGV


@pytest.mark.skipif(os.name != "nt", reason="numbers of exceptions are of Windows")
def test_exception_of_windows_passes_through():
    code = "import ctypes; ctypes.windll.kernel32.ExitProcess(ctypes.c_uint(0xC0000135))"
    status = Process(python(code), environment()).wait()
    assert status_name(status) == "0xC0000135"


@pytest.mark.parametrize("talk", [False, True])
def test_kill_ends_child_and_grandchild_and_may_come_twice(talk):
    process = Process(python(HANGING), environment(), talk=talk)
    pids = numbers(process.stdout, 2)
    assert pids[0] == process.pid
    assert all(alive(pid) for pid in pids)
    process.kill()
    assert all_gone(pids)
    process.kill()
    assert process.wait() != 0


def test_what_a_child_leaves_behind_ends_with_it():
    process = Process(python(LEAVING), environment())
    pids = numbers(process.stdout, 2)
    assert process.wait() == 0
    assert all_gone(pids)


def test_wait_gives_up_after_its_time_and_the_child_lives_on():
    process = Process(python(HANGING), environment())
    pids = numbers(process.stdout, 2)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.1)
    assert all(alive(pid) for pid in pids)
    process.kill()
    assert all_gone(pids)


@pytest.mark.parametrize("talk", [False, True])
def test_death_of_the_program_ends_child_and_grandchild(talk):
    program = f"""
import sys, time
from regionwise.algorithms.processes import Process
process = Process([sys.executable, "-c", {HANGING!r}], {environment()!r}, talk={talk})
print(process.stdout.readline().decode(), flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen(python(program), env=environment(), stdout=subprocess.PIPE)
    pids = numbers(parent.stdout, 2)
    assert all(alive(pid) for pid in pids)
    parent.kill()  # SIGKILL, TerminateProcess
    parent.wait()
    assert all_gone(pids)


def test_death_of_the_program_ends_what_multiprocessing_has_started(tmp_path):
    script = tmp_path / "spawning ümlaut.py"
    script.write_text(SPAWNED, encoding="utf-8")
    program = f"""
import sys, time
from regionwise.algorithms.processes import Process
process = Process([sys.executable, {str(script)!r}], {environment()!r})
for line in process.stdout:
    print(line.decode(), flush=True)
"""
    parent = subprocess.Popen(python(program), env=environment(), stdout=subprocess.PIPE)
    pids = numbers(parent.stdout, 3)
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    assert all_gone(pids)


def test_program_that_cannot_be_started_is_an_os_error_and_leaves_nothing(tmp_path):
    text = tmp_path / "python.exe"
    text.write_text("no program")
    for program in (tmp_path / "none", text, tmp_path):
        with pytest.raises(OSError, match=r".+"):
            Process([str(program)], environment())
    with pytest.raises(OSError, match=r".+"):
        Process(python("pass"), environment(), tmp_path / "no folder")


def test_child_that_is_not_talked_to_has_no_input():
    process = Process(python("import sys; print(len(sys.stdin.read()))"), environment())
    assert process.stdin is None
    assert process.stdout.read().split() == [b"0"]
    assert process.wait() == 0


def test_streams_are_bytes_in_both_directions(tmp_path):
    code = "import sys; sys.stderr.write(sys.stdin.readline()); print('Füße 海')"
    process = Process(python(code), environment(), tmp_path, talk=True)
    process.stdin.write("Größe 中\n".encode())
    process.stdin.close()
    assert process.stdout.read().decode().split() == ["Füße", "海"]
    assert process.stderr.read().decode().split() == ["Größe", "中"]
    assert process.wait() == 0


def test_answer_tells_status_and_both_streams():
    code = "import os, sys; print(os.environ['NAME'], flush=True); sys.stderr.write('Ärger\\n'); sys.exit(4)"
    status, text = answer(python(code), environment(NAME="Jürgen 海"))
    assert (status, text.split()) == (4, ["Jürgen", "海", "Ärger"])
    assert answer(python("import sys; sys.stdout.buffer.write(b'a\\xff')"), environment()) == (0, "a\ufffd")


def test_answer_that_takes_too_long_is_killed():
    start = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        answer(python("import time; time.sleep(600)"), environment(), timeout_s=0.5)
    assert time.monotonic() - start < 5


def test_answer_longer_than_a_pipe_arrives():
    assert answer(python("print('x' * 1_000_000)"), environment())[1].strip() == "x" * 1_000_000


def test_everything_in_qgis_is_started_by_one_module():
    """So that nothing opens a console window, and nothing outlives QGIS."""
    starting = re.compile(r"subprocess\.(Popen|run|call|check_|getoutput)|os\.(system|popen|spawn|exec|startfile)")
    for path in (ROOT / "algorithms").rglob("*.py"):
        assert path.stem == "processes" or not starting.search(path.read_text(encoding="utf-8")), path


@pytest.mark.skipif(os.name != "nt", reason="console windows are of Windows")
def test_no_child_opens_a_console_window(monkeypatch):
    flags = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, creationflags=0, **options):
            flags.append(creationflags)
            super().__init__(*arguments, creationflags=creationflags, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    assert answer(python("print(1)"), environment())[0] == 0
    assert [flag & subprocess.CREATE_NO_WINDOW for flag in flags] == [subprocess.CREATE_NO_WINDOW]


def open_handles():
    if os.name != "nt":
        return len(list(Path("/dev/fd").iterdir()))
    count = ctypes.c_uint32()
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetProcessHandleCount(ctypes.c_void_p(-1), ctypes.byref(count))
    return count.value


def test_many_children_leave_no_open_handle():
    answer(python("pass"), environment())
    before = open_handles()
    for _ in range(10):
        answer(python("pass"), environment())
    assert open_handles() <= before + 5 * (os.name == "nt")  # threads come and go there


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("0xC0000135", "Visual C\\+\\+ Redistributable"),
        ("-1073741701 and 0xc000007b", "Visual C\\+\\+ Redistributable"),
        ('OSError: [WinError 126] Das Modul fehlt. Error loading "c10.dll"', "Visual C\\+\\+ Redistributable"),
        ("OSError: [WinError 1114] DLL-Initialisierung", "Visual C\\+\\+ Redistributable"),
        ("ImportError: DLL load failed while importing _ext: nicht gefunden", "Visual C\\+\\+ Redistributable"),
        ('OSError: [WinError 1455] zu klein. Error loading "c10.dll"', "ran out of memory"),
        ("DLL load failed: The paging file is too small", "ran out of memory"),
        ("0xC0000017", "ran out of memory"),
        ("0xC000012D", "ran out of memory"),
        ("MemoryError: ", "ran out of memory"),
        ("OSError: [WinError 112] Es ist zu wenig Speicherplatz vorhanden", "disk is full"),
        ("OSError: [Errno 28] No space left on device: 'x'", "disk is full"),
        ("error: failed to write: (os error 112)", "disk is full"),
    ],
)
def test_cause_is_told_from_the_last_words_in_every_language(words, told):
    message, remedy = explain_failure(f"some line\n{words}\n")
    assert re.search(told, message)
    assert remedy


@pytest.mark.parametrize(
    "words",
    [
        "",
        "ValueError: 1260",
        "[WinError 5] Zugriff verweigert",
        "exec format (os error 8)",
        "Host is down (os error 112)",
    ],
)
def test_what_is_not_known_is_not_guessed(words):
    assert explain_failure(words) is None


def test_memory_names_its_options_and_a_small_paging_file_its_setting():
    assert explain_failure("MemoryError")[1] == LESS_MEMORY
    assert "size of the paging file" in explain_failure("[WinError 1455]")[1]


def test_exit_statuses_have_names():
    assert [status_name(n) for n in (0, 3, -11, 0xC0000135, -1073741515)] == [
        "0", "3", "SIGSEGV", "0xC0000135", "0xC0000135",
    ]  # fmt: skip
    assert [crashed(n) for n in (0, 3, 255, -9, 0xC0000005)] == [False, False, False, True, True]
