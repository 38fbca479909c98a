"""The contract between QGIS and the engine, with real processes that really die."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from regionwise.algorithms.client import OwnLines, _describe_crash, command_for, run_engine
from regionwise.algorithms.install.surroundings import engine_environment
from regionwise.algorithms.install.telling import ProgressText
from regionwise.core.contract.errors import CancelledError, RegionwiseError
from regionwise.core.contract.protocol import LOG_NAME, Job, Settings, read_job, write_job
from support import ROOT, alive, all_gone

FAULTS = ROOT / "tests" / "support" / "faults.py"


class Feedback:
    """Records what the user would see, and cancels when told."""

    def __init__(self, cancel_at=""):
        self.lines, self.warnings, self.fractions = [], [], []
        self._cancel_at = cancel_at
        self.cancelled_at = None

    def isCanceled(self):
        if self._cancel_at and any(self._cancel_at in line for line in self.lines):
            self.cancelled_at = self.cancelled_at or time.monotonic()
            return True
        return False

    def setProgress(self, progress):
        self.fractions.append(progress)

    def setProgressText(self, text):
        self.lines.append(text)

    def pushInfo(self, info):
        self.lines.append(info)

    pushDebugInfo = pushInfo

    def pushWarning(self, warning):
        self.warnings.append(warning)


def write_fault(folder, what, text=""):
    job = folder / "job.json"
    write_job(job, Job("Fault", {"what": what, "text": text}, Settings()))
    return job


def command(job):
    return [sys.executable, "-u", str(FAULTS), "--attached", str(job)]


def environment():
    return {"PYTHONPATH": str(ROOT / "_alias"), "PYTHONDONTWRITEBYTECODE": "1", **system()}


def system():
    """Return the variables without which nothing runs."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "WINEDEBUG") if name in os.environ}


@pytest.fixture
def engine(tmp_path):
    """Return a function that lets the engine misbehave and gives (result, feedback)."""

    def run(what, feedback=None, text="", **options):
        feedback = feedback or Feedback()
        job = write_fault(tmp_path, what, text)
        return run_engine(command(job), environment(), tmp_path, feedback, **options), feedback

    return run


def test_the_log_ends_with_what_was_found_and_where_the_report_is(engine):
    _, feedback = engine("verdict", text="/some/report.html")
    assert feedback.lines[-3:] == ["the work", "Can I use it? Yes. It holds.", "Report: /some/report.html"]


def test_progress_log_and_result_arrive(engine):
    result, feedback = engine("report", text="海 with spaces")
    assert result["outputs"] == {"OUTPUT": "海 with spaces"}
    assert result["numbers"] == {"NUMBER": 0.5}
    assert feedback.fractions == sorted(feedback.fractions)
    assert feedback.fractions[-1] == 100
    assert len(feedback.fractions) >= 4
    assert "an info" in feedback.lines
    assert feedback.warnings == ["a warning with 中文"]
    assert not any("print" in line or "C code" in line for line in feedback.lines)


@pytest.mark.parametrize("details", [False, True])
def test_details_are_shown_only_if_they_are_wanted_but_always_kept_beside_the_job(engine, tmp_path, details):
    _, feedback = engine("details", details=details)
    assert "375 samples." in feedback.lines
    assert ("forward 28.0" in feedback.lines) is details
    assert "detail  forward 28.0" in (tmp_path / LOG_NAME).read_text(encoding="utf-8")


def test_a_silent_call_is_heard_of_each_second_and_the_bar_does_not_move(tmp_path):
    job = write_fault(tmp_path, "slow")
    run = subprocess.Popen([sys.executable, str(FAULTS), str(job)], stdout=subprocess.PIPE, env=environment())
    heard = [(time.monotonic(), json.loads(line)) for line in run.stdout]
    assert run.wait() == 0
    inside = [(at, m) for at, m in heard if m["kind"] == "progress" and m["text"].startswith("Filling sinks")]
    assert max(after - before for (before, _), (after, _) in zip(inside[:-1], inside[1:], strict=True)) < 1.8
    assert re.fullmatch(r"Filling sinks, for [34] s", inside[-1][1]["text"])
    assert {m["fraction"] for _, m in inside} == {0.0}


def test_a_failure_is_kept_in_the_log_beside_the_job(engine, tmp_path):
    with pytest.raises(RegionwiseError):
        engine("error")
    assert "error   Layer 'x' is wrong. Choose another." in (tmp_path / LOG_NAME).read_text(encoding="utf-8")


def test_a_cancelled_run_says_nothing_more(engine):
    feedback = Feedback(cancel_at="pids")
    with pytest.raises(CancelledError) as caught:
        engine("sleep", feedback)
    assert str(caught.value) == ""
    assert "pids" in feedback.lines[-1] and not feedback.warnings


def test_texts_in_a_terminal_do_not_stand_behind_the_numbers_of_its_bar():
    class Terminal(Feedback):
        """Writes as qgis_process does: a tick for each 2.5 per cent, without ending the line."""

        written, ticks = "", -1

        def setProgress(self, progress):
            while self.ticks < int(progress * 40 / 100):
                self.ticks += 1
                self.written += "." if self.ticks % 4 else str(self.ticks // 4 * 10)
            self.written += " - done.\n" if self.ticks == 40 and "done" not in self.written else ""

        def pushInfo(self, info):
            self.written += f"{info}\n"

        setProgressText = pushWarning = pushDebugInfo = pushInfo

    terminal = Terminal()
    feedback = OwnLines(terminal)
    feedback.pushInfo("Bands: RED.")
    for percent in (10, 11, 11.5):
        feedback.setProgress(percent)
    feedback.pushInfo("211 samples.")
    feedback.setProgress(12)
    feedback.pushWarning("A warning.")
    feedback.setProgress(100)
    feedback.setProgressText("Report")
    *lines, last = terminal.written.splitlines()
    assert lines[:4] == ["Bands: RED.", "0...10", "211 samples.", "A warning."]
    assert last == "Report" and "" not in lines


def test_texts_come_the_more_rarely_the_longer_a_run_lasts():
    feedback, now = Feedback(), [0.0]
    shown = ProgressText(feedback, lambda: now[0])
    at = []
    for second in range(3600):
        now[0] = float(second)
        shown.show(f"epoch {second}")
        if len(feedback.lines) > len(at):
            at.append(second)
    assert at[0] == 0 and at[1] <= 3
    assert 40 <= len(at) <= 110
    assert max(after - before for before, after in zip(at[:-1], at[1:], strict=True)) <= 61
    shown.show("epoch 3599")
    now[0] += 120
    shown.show(feedback.lines[-1])
    assert len(feedback.lines) == len(at)  # no line twice


def test_reported_error_is_one_sentence_with_a_remedy(engine):
    with pytest.raises(RegionwiseError, match=r"^Layer 'x' is wrong\. Choose another\.$"):
        engine("error")


def test_python_exception_shows_the_traceback_because_it_is_our_bug(engine):
    with pytest.raises(RegionwiseError, match=r"unexpected error: KeyError.*(?s:.*)do_exception(?s:.*)report it"):
        engine("exception")


def test_segfault_is_told_with_the_last_words(engine):
    with pytest.raises(RegionwiseError, match=r"crashed \((SIGSEGV|0xC0000005)\)(?s:.*)last words(?s:.*)Check engine"):
        engine("segfault")


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_sigkill_is_told_as_probably_out_of_memory(engine):
    with pytest.raises(RegionwiseError, match=r"killed from outside: probably the memory ran out.*(?s:.*)Lower Memory"):
        engine("kill")


@pytest.mark.parametrize("what", ["memory", "torch_memory"])
def test_out_of_memory_names_the_remedy(engine, what):
    if what == "torch_memory":
        pytest.importorskip("torch")
    with pytest.raises(RegionwiseError, match=r"ran out of memory(?s:.*)Lower Memory"):
        engine(what)


def test_gpu_that_fails_is_told_with_what_to_do(engine):
    with pytest.raises(
        RegionwiseError, match=r"The GPU failed \(CUDA error: device-side assert triggered\)(?s:.*)kept"
    ):
        engine("gpu")
    lacking = "The operator 'aten::x' is not currently implemented for the MPS device."
    with pytest.raises(RegionwiseError, match=r"The GPU failed \(The operator(?s:.*)Device = cpu"):
        engine("gpu", text=lacking)


def test_flood_of_output_neither_blocks_nor_corrupts(engine):
    result, feedback = engine("flood")
    assert result["outputs"]["OUTPUT"] == "after the flood"
    assert sum(line.startswith("line ") for line in feedback.lines) == 3000


def test_end_without_a_result_is_a_failure(engine):
    with pytest.raises(RegionwiseError, match="ended without a result"):
        engine("silence")


def test_nan_is_refused_by_the_protocol(engine):
    with pytest.raises(RegionwiseError, match="JSON"):
        engine("nan")


def test_prints_that_a_code_page_cannot_hold_do_not_end_a_run(tmp_path):
    job, narrow = write_fault(tmp_path, "print"), {**environment(), "PYTHONIOENCODING": "cp1252"}
    assert run_engine(command(job), narrow, tmp_path, Feedback())["kind"] == "result"
    headless = subprocess.run([sys.executable, str(FAULTS), str(job)], capture_output=True, env=narrow, check=True)
    assert "Übung 海".encode() in headless.stdout
    assert "Länge 長".encode() in headless.stderr


@pytest.mark.parametrize("folder", ["Größe", "海 and a space"])
def test_folder_of_any_letters_is_reached(tmp_path, folder):
    (tmp_path / folder).mkdir()
    job = write_fault(tmp_path / folder, "where")
    result = run_engine(command(job), environment(), tmp_path / folder, Feedback())
    assert result["outputs"]["OUTPUT"].endswith(folder)


def test_engine_and_what_it_starts_speak_utf8():
    assert command_for(Path("python"), Path("job.json"))[1:3] == ["-X", "utf8"]


@pytest.mark.parametrize(
    ("status", "words", "told"),
    [
        (0xC0000135, "", r"\(0xC0000135\)(?s:.*)Visual C\+\+ Redistributable"),
        (0xC000007B, "", "Visual C\\+\\+ 2015-2022 Redistributable"),
        (1, 'OSError: [WinError 126] fehlt. Error loading "c10.dll"', "Redistributable(?s:.*)c10.dll(?s:.*)winget"),
        (1, "OSError: [WinError 1114] DLL", "Redistributable"),
        (1, "OSError: [WinError 1455] zu klein", "ran out of memory(?s:.*)Lower Memory(?s:.*)paging file"),
        (0xC0000017, "", "ran out of memory(?s:.*)Lower Memory"),
        (0xC000012D, "", "ran out of memory(?s:.*)paging file"),
        (1, "OSError: [WinError 112] voll", "disk is full(?s:.*)Free some space"),
        (1, "OSError: [Errno 28] No space left on device", "disk is full"),
        (0xC0000005, "last", r"crashed \(0xC0000005\)(?s:.*)last(?s:.*)Check engine"),
    ],
)
def test_crash_is_explained_by_its_number_and_its_last_words(status, words, told):
    error = RegionwiseError(*_describe_crash(status, [words] if words else []))
    with pytest.raises(RegionwiseError, match=told):
        raise error


def test_wrong_protocol_version_is_refused_with_the_repair_step(engine):
    with pytest.raises(RegionwiseError, match=r"speaks protocol 0.*the plugin 1(?s:.*)Action = repair"):
        engine("old_protocol")


def test_missing_interpreter_is_told(tmp_path):
    with pytest.raises(RegionwiseError, match=r"'/no/such/python' cannot be started"):
        run_engine(["/no/such/python", "job.json"], {}, tmp_path, Feedback())


def test_incomplete_environment_is_told(tmp_path):
    with pytest.raises(RegionwiseError, match=r"environment is incomplete(?s:.*)Action = repair"):
        run_engine(command_for(Path(sys.executable), tmp_path / "job.json"), system(), tmp_path, Feedback())


def test_cancel_kills_engine_and_grandchildren_within_two_seconds(engine):
    feedback = Feedback(cancel_at="pids")
    with pytest.raises(CancelledError):
        engine("sleep", feedback)
    assert time.monotonic() - feedback.cancelled_at < 2
    pids = next(line for line in feedback.lines if "pids" in line).split()[1:]
    assert len(pids) == 3
    assert all_gone(pids)


def test_no_engine_outlives_a_killed_parent(tmp_path):
    job = write_fault(tmp_path, "sleep")
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen({command(job)!r}, stdin=subprocess.PIPE, start_new_session={os.name != 'nt'})\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment(), text=True)
    pids = next(line for line in parent.stdout if "pids" in line)
    pids = json.loads(pids)["text"].split()[1:]
    assert all(alive(pid) for pid in pids)
    parent.kill()
    assert all_gone(pids)


def test_unknown_parameter_is_refused_by_the_engine(tmp_path):
    job = tmp_path / "job.json"
    write_job(job, Job("Fault", {"what": "report", "wat": 3}, Settings()))
    run = subprocess.run(
        [sys.executable, str(FAULTS), str(job)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert run.returncode == 1
    error = json.loads(run.stdout.splitlines()[-1])
    assert error["message"] == "Fault has no parameter 'wat'."
    assert error["traceback"] == ""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_sigint_ends_a_headless_run_as_cancelled(tmp_path):
    job = write_fault(tmp_path, "sleep")
    run = subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, str(FAULTS), str(job)],  # a background job ignores it
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
        start_new_session=True,
    )
    try:
        next(line for line in run.stdout if "pids" in line)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=5) == 2
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"task": "x"}', '{"protocol": 9, "task": "x", "params": {}, "settings": {}}']
)
def test_job_file_that_is_none_is_refused(tmp_path, content):
    job = tmp_path / "job.json"
    job.write_text(content)
    with pytest.raises(RegionwiseError, match="is not a Regionwise job|was written for protocol 9"):
        read_job(job)


def test_engine_sees_nothing_of_the_surrounding_python_and_gdal():
    foreign = ("PROJ_LIB", "GDAL_DATA", "PYTHONHOME", "LD_LIBRARY_PATH", "QGIS_PREFIX_PATH", "CONDA_PREFIX")
    path = os.pathsep.join(["/usr/bin", "/opt/OSGeo4W/bin", "/opt/QGIS 3/bin"])
    seen = engine_environment({**dict.fromkeys(foreign, "/elsewhere"), "PATH": path}, Path(sys.executable))
    assert not set(foreign) & set(seen)
    assert seen["PATH"] == "/usr/bin"
