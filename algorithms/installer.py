"""Builds Python environments from the lock file; standard library only, so `dev` uses it too.

``python -m regionwise.algorithms.installer FOLDER [REQUIREMENTS ...]`` builds one at FOLDER.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import queue
import re
import shutil
import subprocess  # nosec B404
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ..core.errors import CancelledError, RegionwiseError

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
LOCK, BACKENDS = RESOURCES / "engine-lock.txt", RESOURCES / "backends-lock.txt"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
STAMP = "regionwise-stamp"
PROBE = (
    "import sys, json, importlib.util as u;"
    "print(json.dumps([list(sys.version_info[:2]), bool(u.find_spec('venv') and u.find_spec('ensurepip'))]))"
)
VERIFY = (
    "import torch, numpy, scipy, rasterio, geopandas, pyogrio, xgboost, safetensors, matplotlib, jinja2, rapidfuzz,"
    "psutil, distributed"
)
NEEDED_GIB = {"cpu": 3.0, "cuda": 12.5}


class Feedback(Protocol):
    """Whom to tell; QgsProcessingFeedback is one."""

    def setProgress(self, progress: float) -> None:
        """Tell the per cent that are done."""

    def pushInfo(self, info: str) -> None:
        """Show a line."""

    def pushWarning(self, warning: str) -> None:
        """Show a line that should be read."""

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop."""


def interpreter_of(environment: Path) -> Path:
    """Return the interpreter inside a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def has_nvidia() -> bool:
    """Return whether an NVIDIA driver answers on this machine."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    answer = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)  # nosec B603
    return answer.returncode == 0 and "GPU" in answer.stdout


def resolve_device(device: str) -> str:
    """Return ``cpu`` or ``cuda`` for what was asked (``auto`` looks for an NVIDIA GPU)."""
    if device == "auto":
        return "cuda" if has_nvidia() else "cpu"
    return device


def requirements(device: str) -> tuple[list[str], str]:
    """Return the pinned packages for `device` without torch, and the version of torch."""
    pins = _pins(LOCK)
    torch = next(line for line in pins if line.startswith("torch==")).split("==")[1]
    pins = [line for line in pins if not line.startswith("torch==")]
    if device == "cpu":
        pins = [re.sub(r"^xgboost==", "xgboost-cpu==", line) for line in pins]
    return pins, torch


def _pins(lock: Path) -> list[str]:
    """Return the packages of a lock file."""
    lines = [line.strip() for line in lock.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def stamp(device: str, extra: Iterable[Path] = ()) -> str:
    """Return a hash of everything that decides what an environment holds."""
    digest = hashlib.sha256(json.dumps([device, requirements(device), _pins(BACKENDS)]).encode())
    for path in extra:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def candidates() -> Iterator[str]:
    """Yield Python programs that may build an environment, the likeliest first.

    ``sys.executable`` comes last: inside QGIS on Windows and macOS it is QGIS itself.
    """
    if os.name == "nt":
        yield from (str(Path(sys.prefix) / "python.exe"), str(Path(sys.prefix) / "python3.exe"))
    elif sys.platform == "darwin":
        yield str(Path(sys.prefix) / "bin" / "python3")
    for minor in range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1):
        yield from filter(None, [shutil.which(f"python3.{minor}")])
    yield from ("/usr/bin/python3", *filter(None, [shutil.which("python3"), shutil.which("python")]))
    yield sys.executable


def find_python(tried: Iterable[str] | None = None) -> str:
    """Return the first Python that runs, has a supported version, and can build environments.

    Raises
    ------
    RegionwiseError
        If there is none; tells what was tried.
    """
    reasons = []
    for program in dict.fromkeys(candidates() if tried is None else tried):
        trouble = probe(program)
        if not trouble:
            return program
        reasons.append(f"{program}: {trouble}")
    raise RegionwiseError(
        f"No Python {_dotted(OLDEST_PYTHON)} to {_dotted(NEWEST_PYTHON)} was found ({'; '.join(reasons)}).",
        "Install one (Debian, Ubuntu: sudo apt install python3-venv; else from python.org), then try again.",
    )


def probe(program: str) -> str:
    """Return why `program` cannot build an environment, or an empty text; found out by running it."""
    if not Path(program).is_file():
        return "not there"
    try:
        answer = subprocess.run(  # nosec B603
            [program, "-I", "-c", PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        version, able = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return "does not run as Python"
    if not OLDEST_PYTHON <= tuple(version) <= NEWEST_PYTHON:
        return f"Python {_dotted(version)}"
    return "" if able else "lacks venv or ensurepip"


def build(
    folder: Path, *, source: str, device: str, feedback: Feedback, extra: Iterable[Path] = (), python: str = ""
) -> Path:
    """Build an environment at `folder` and return its interpreter.

    Parameters
    ----------
    source : str
        ``index`` (pip's own configuration) or a folder of wheels.
    device : str
        ``auto``, ``cpu`` or ``cuda``.
    extra : iterable of Path
        Requirement files to install besides.

    Raises
    ------
    RegionwiseError
        If a package cannot be had, or the finished environment does not import.
    """
    device = resolve_device(device)
    _check_source(source)
    _check_space(folder, NEEDED_GIB[device])
    python = python or find_python()
    feedback.pushInfo(f"Building the engine with {python} for {device} in {folder}.")
    shutil.rmtree(folder, ignore_errors=True)
    _run([python, "-I", "-m", "venv", str(folder)], feedback)
    interpreter = interpreter_of(folder)
    pip = [str(interpreter), "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:"]
    if source != "index":
        pip += ["--no-index", "--find-links", source]
    pins, torch = requirements(device)
    _install_torch(pip, interpreter, torch, device, source, feedback)
    feedback.setProgress(50)
    _run([*pip, *pins, *(word for path in extra for word in ("-r", str(path)))], feedback)
    feedback.setProgress(85)
    missing = [pin for pin in _pins(BACKENDS) if not _succeeds([*pip, "--no-deps", pin], feedback)]
    if missing:
        feedback.pushWarning(f"Without {', '.join(missing)}, which would compute networks faster, torch does.")
    feedback.setProgress(90)
    feedback.pushInfo("Trying the packages ...")
    _run([str(interpreter), "-I", "-c", VERIFY], feedback)
    (folder / STAMP).write_text(stamp(device, extra), encoding="utf-8")
    feedback.setProgress(100)
    return interpreter


def _install_torch(
    pip: list[str], interpreter: Path, version: str, device: str, source: str, feedback: Feedback
) -> None:
    """Install torch in the build for `device`.

    On Linux the common index holds the CUDA build only (several GB); the CPU build comes from
    wherever pip is configured to look, else from the place that uv knows for it.
    """
    plain = [*pip, f"torch=={version}"]
    if source != "index" or platform.system() == "Darwin":
        return _run(plain, feedback)
    linux = platform.system() == "Linux"
    if (device == "cuda" and linux) or (device == "cpu" and not linux):
        return _run(plain, feedback)
    if device == "cpu" and _succeeds([*pip, f"torch=={version}+cpu"], feedback):
        return None
    _run([*pip, "uv"], feedback)
    uv = [str(interpreter), "-I", "-m", "uv", "pip", "install", "--python", str(interpreter)]
    if _succeeds([*uv, "--torch-backend", "cpu" if device == "cpu" else "auto", f"torch=={version}"], feedback):
        return None
    feedback.pushWarning(
        "No CPU build of torch can be reached from here; the general build is taken, which is several GB."
    )
    return _run(plain, feedback)


def _succeeds(command: list[str], feedback: Feedback) -> bool:
    try:
        _run(command, feedback)
    except RegionwiseError:
        return False
    return True


def _run(command: list[str], feedback: Feedback) -> None:
    """Run `command`, show what it collects, and stop it when the user cancels."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != "PIP_USER"}
    process = subprocess.Popen(  # nosec B603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=kept,
    )
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    tail: list[str] = []
    while reader.is_alive() or not lines.empty():
        if feedback.isCanceled():
            process.kill()
            process.wait()
            raise CancelledError
        try:
            line = lines.get(timeout=0.1)
        except queue.Empty:
            continue
        tail = [*tail[-14:], line]
        if line.startswith(("Collecting", "Downloading", "Installing", "Using cached")):
            feedback.pushInfo(line[:160])
    if process.wait() != 0:
        raise RegionwiseError(
            "Building the engine failed:\n" + "\n".join(tail),
            "Check the network or proxy, or install from a folder of wheels (SOURCE).",
        )


def _pass_on(stream: Iterable[str], lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line.strip())


def _check_source(source: str) -> None:
    if source != "index" and not any(Path(source).glob("*.whl")):
        raise RegionwiseError(
            f"'{source}' is no folder of wheels.", "Write 'index', or choose a folder that holds .whl files."
        )


def _check_space(folder: Path, needed_gib: float) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free / 2**30
    if free < needed_gib:
        raise RegionwiseError(
            f"The engine needs {needed_gib:g} GiB at '{folder.parent}', {free:.1f} are free.",
            "Free some space first.",
        )


def _dotted(version: Iterable[int]) -> str:
    return ".".join(str(number) for number in version)


def stamp_of(interpreter: Path) -> str:
    """Return the stamp of the environment that `interpreter` belongs to, or an empty text."""
    try:
        return (interpreter.parents[1] / STAMP).read_text(encoding="utf-8")
    except OSError:
        return ""


class Console:
    """Feedback on a terminal."""

    def setProgress(self, progress: float) -> None:
        """Show nothing: the lines tell enough."""

    def pushInfo(self, info: str) -> None:
        """Print a line."""
        sys.stdout.write(f"{info}\n")

    def pushWarning(self, warning: str) -> None:
        """Print a line."""
        self.pushInfo(warning)

    def isCanceled(self) -> bool:
        """Return False: a terminal sends SIGINT."""
        return False


def main(arguments: list[str]) -> int:
    """Build an environment at the first of `arguments`, with the requirement files in the others.

    Does nothing if it is there already and up to date.
    """
    folder, extra = Path(arguments[0]).resolve(), [Path(name).resolve() for name in arguments[1:]]
    if stamp_of(interpreter_of(folder)) == stamp(resolve_device("auto"), extra):
        return 0
    try:
        # the system's Python, because only that one has PyQGIS for the tests
        build(folder, source="index", device="auto", feedback=Console(), extra=extra, python=sys.executable)
    except RegionwiseError as err:
        sys.stderr.write(f"{err}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
