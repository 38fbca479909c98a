"""The engine process: reads one job, runs its task, and reports to QGIS line by line.

``python -m regionwise.core.worker job.json`` repeats any run without QGIS. QGIS adds
``--attached``: then the end of stdin (QGIS cancelled, closed or died) ends the whole process group.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import platform
import signal
import subprocess  # nosec B404
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from .contract import protocol
from .contract.causes import explain_failure
from .contract.errors import CancelledError, RegionwiseError
from .contract.locks import one_run
from .contract.params import Params
from .contract.protocol import Channel, Job
from .registry import TASKS
from .runtime.engine import hold, lacks_torch
from .runtime.heartbeat import beating
from .runtime.input_log import collect_inputs
from .runtime.progress import told_to
from .runtime.run import Result, Run, prepare_libraries


def main(arguments: list[str], tasks: Mapping[type[Params], str] = TASKS) -> int:
    """Run the job that `arguments` name and return the exit status (0 result, 1 error, 2 cancelled)."""
    options = _parse(arguments)
    hold()
    _write_utf8()
    stream = _claim_stdout() if options.attached else _readable_stdout()
    channel = Channel(stream)
    channel.send(
        "hello",
        protocol=protocol.PROTOCOL,
        version=protocol.VERSION,
        python=platform.python_version(),
    )
    if options.attached:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        folder = Path(options.job).resolve().parent
        # QGIS holds the lock while it waits
        with contextlib.nullcontext() if options.attached else one_run(folder), beating(channel):
            channel.stage("Loading the libraries", until=0)
            channel.keep_log(folder / protocol.LOG_NAME)
            result = _perform(Path(options.job), options.scheduler, channel, tasks)
    except (CancelledError, KeyboardInterrupt):
        return protocol.EXIT_CANCELLED
    except RegionwiseError as err:
        channel.fail(err.message, err.remedy)
    except Exception as err:  # the one place that answers for everything
        channel.fail(**_explain(err))
    else:
        channel.send("result", **result)
        return protocol.EXIT_RESULT
    return protocol.EXIT_ERROR


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="regionwise.core.worker", description=__doc__)
    parser.add_argument("job", help="the job file (JSON)")
    parser.add_argument("--scheduler", help="address or file of a Dask scheduler, instead of the job's")
    parser.add_argument("--attached", action="store_true", help="stop when stdin ends (used by QGIS)")
    return parser.parse_args(arguments)


def _write_utf8() -> None:
    """Print in UTF-8, as messages are: a code page of Windows cannot hold every name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _claim_stdout() -> BinaryIO:
    """The real stdout, for messages only: whatever else is printed goes to stderr."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream


def _readable_stdout() -> BinaryIO:
    return sys.stdout.buffer


def _end_with_stdin() -> None:
    """Wait for the end of stdin, then end this process and its children.

    Outputs appear by atomic renames only, so nothing needs to be tidied first.
    """
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(os.getpid())]  # if QGIS could not make a job object
        subprocess.run(command, capture_output=True, check=False, creationflags=subprocess.CREATE_NO_WINDOW)  # nosec
    elif os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(protocol.EXIT_CANCELLED)


def _perform(path: Path, scheduler: str | None, channel: Channel, tasks: Mapping[type[Params], str]) -> dict[str, Any]:
    job = protocol.read_job(path)
    if scheduler is not None:
        job = replace(job, settings=replace(job.settings, scheduler=scheduler))
    prepare_libraries(job.settings)
    params_class, function = _find_task(job, tasks)
    params, taken = params_class.from_json(job.params).settled()
    channel.stage("Checking the inputs")
    run = Run(channel=channel, settings=job.settings, folder=path.resolve().parent)
    for sentence in taken:
        channel.info(sentence)
    with collect_inputs(channel.info), told_to(lambda _, text: channel.say(text)):
        result = function(params, run)
    channel.end()
    _tell_verdict(result, channel)
    return {"outputs": result.outputs, "numbers": result.numbers}


def _tell_verdict(result: Result, channel: Channel) -> None:
    """End the log with what was found, and where the report is."""
    if result.verdict:
        channel.info(result.verdict)
    if report := result.outputs.get("REPORT"):
        channel.info(f"Report: {report}")


def _find_task(job: Job, tasks: Mapping[type[Params], str]) -> tuple[type[Params], Callable[[Params, Run], Result]]:
    """The parameter class and the function of the job's task.

    The function's module is imported only here: torch, xgboost and geopandas together take eight
    seconds on a cold disk, and a broken package must not stop the tasks that do without it.
    """
    for params_class, function_path in tasks.items():
        if params_class.__name__ == job.task:
            module, name = function_path.rsplit(".", 1)
            return params_class, getattr(importlib.import_module(module), name)
    raise RegionwiseError(f"This engine has no task '{job.task}'.", protocol.REPAIR)


def _explain(err: Exception) -> dict[str, str]:
    """Message, remedy and traceback for an exception that no task foresaw."""
    text = f"{type(err).__name__}: {err}"
    explained = explain_failure(text)
    if explained:
        message, remedy = explained
        return {"message": f"{message} ({text.splitlines()[0][:200]})", "remedy": remedy, "traceback": ""}
    if isinstance(err, RuntimeError) and any(word in str(err) for word in ("CUDA", "MPS")):
        return {
            "message": f"The GPU failed ({str(err).splitlines()[0][:200]}).",
            "remedy": "Run again: what is finished is kept. If it fails again, choose Device = cpu.",
            "traceback": "",
        }
    if isinstance(err, ModuleNotFoundError) and err.name == "torch":
        without_torch = lacks_torch("This tool")
        return {"message": without_torch.message, "remedy": without_torch.remedy, "traceback": ""}
    if isinstance(err, ModuleNotFoundError) and not str(err.name).startswith("regionwise"):
        missing = f"The engine's environment lacks the package '{err.name}'."
        return {"message": missing, "remedy": protocol.REPAIR, "traceback": ""}
    return {
        "message": f"The engine met an unexpected error: {text}.",
        "remedy": "Please report it together with the log and the job file.",
        "traceback": traceback.format_exc(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
