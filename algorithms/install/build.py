"""Builds an environment from a plan of the lock: with uv, or with pip where uv cannot be had."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...core.contract.causes import explain_failure, status_name
from ...core.contract.errors import CancelledError, RegionwiseError
from ..processes import Process
from .download import NO_NETWORK
from .home import interpreter_of
from .lock import Plan, Wheel
from .platforms import dotted
from .sources import without_login
from .telling import Feedback, Growth, Step

OTHER = re.compile(r"hash mismatch|do not match the hashes|invalid zip|failed to extract|not a zip file", re.IGNORECASE)
START, END = 4.0, 88.0  # per cent of an installation before and after the packages
TAIL = 15  # lines that are shown of a command that failed


class OtherContentError(RegionwiseError):
    """A wheel came damaged on the way, or is another one."""


class TorchMissingError(RegionwiseError):
    """The build of torch for a device cannot be had."""


@dataclass(frozen=True)
class Builder:
    """The tools of a build: a Python, and uv if there is one.

    Parameters
    ----------
    uv : str
        The program; empty if pip is to be used.
    python : str
        The Python that the environment is made of; for uv also a version that it brings.
    environment : mapping
        The variables of all commands, see `Sources.environment`.
    offline : Path, optional
        A folder of wheels that is the only source.
    """

    uv: str
    python: str
    environment: Mapping[str, str]
    feedback: Feedback
    offline: Path | None = None

    def bring_python(self, version: tuple[int, int], folder: Path) -> Builder:
        """A builder whose Python uv has put into `folder`."""
        self.feedback.pushInfo(f"No fitting Python was found here; uv brings Python {dotted(version)} (about 30 MB).")
        own = {**self.environment, "UV_PYTHON_INSTALL_DIR": str(folder)}
        command = [self.uv, "python", "install", "--system-certs", "--no-bin", "--no-registry", dotted(version)]
        try:
            step = Step(self.feedback, f"Fetching Python {dotted(version)}")
            run(command, own, folder.parent, self.feedback, step.goes_on)
        except RegionwiseError as err:
            raise RegionwiseError(
                f"No Python that fits was found, and uv could not bring Python {dotted(version)}: {err.message}",
                "Install Python from python.org (Debian, Ubuntu: apt install python3-venv) or name one in PYTHON, or "
                "name a mirror of uv's Pythons in MIRROR.",
            ) from err
        return Builder(self.uv, dotted(version), own, self.feedback, self.offline)

    def build(self, folder: Path, plan: Plan, extra: Iterable[Path] = ()) -> Path:
        """Make the environment at `folder` and return its interpreter.

        Raises
        ------
        RegionwiseError
            If a wheel cannot be had or is another one than the lock names.
        """
        self._run(self._make(folder), folder, "Making the environment")
        total = sum(wheel.size for wheel in plan.wheels)
        between = START + (END - START) * (plan.torch.size if plan.torch else 0) / total
        if plan.torch:
            self._install_torch(folder, plan.torch, between)
        self._install(folder, [wheel for wheel in plan.wheels if wheel != plan.torch], between, END)
        for path in extra:
            self._run([*self._installer(folder), "-r", str(path)], folder, f"Installing what '{path.name}' names")
        return interpreter_of(folder)

    def _run(self, command: list[str], folder: Path, text: str) -> None:
        """Run a command that says nothing of how far it is."""
        step = Step(self.feedback, text)
        run(command, self.environment, folder.parent, self.feedback, step.goes_on)

    def _make(self, folder: Path) -> list[str]:
        if self.uv:
            own = [] if Path(self.python).is_absolute() else ["--managed-python"]
            return [self.uv, "venv", "--no-project", *own, "--python", self.python, str(folder)]
        return [self.python, "-I", "-X", "utf8", "-m", "venv", str(folder)]

    def _installer(self, folder: Path) -> list[str]:
        interpreter = str(interpreter_of(folder))
        offline = ["--no-index", "--find-links", str(self.offline)] if self.offline else []
        if self.uv:
            own = [self.uv, "pip", "install", "--python", interpreter, "--system-certs"]
            # the hash decides what is right, so every index may be asked
            own += [] if self.offline else ["--index-strategy", "unsafe-best-match"]
            return [*own, "--only-binary", ":all:", *offline]
        own = [interpreter, "-I", "-X", "utf8", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        return [*own, "--no-compile", "--only-binary", ":all:", *offline]

    def _install(
        self,
        folder: Path,
        wheels: Sequence[Wheel],
        start: float,
        end: float,
        more: Iterable[str] = (),
    ) -> None:
        """Install `wheels`; `start` and `end` are the per cent of the installation that are done before and after."""
        wanted = folder / "requirements.txt"
        wanted.write_text("".join(f"{wheel.requirement}\n" for wheel in wheels), encoding="utf-8")
        command = [*self._installer(folder), "--no-deps", "--require-hashes", *more, "-r", str(wanted)]
        waiting = self._watch(folder, wheels, start, end)
        try:
            run(command, self.environment, folder.parent, self.feedback, waiting)
        except OtherContentError as err:
            if self.offline:
                raise
            self.feedback.pushWarning(f"Trying once more: {err.message.splitlines()[0]}")
            run(command, self.environment, folder.parent, self.feedback, waiting)

    def _watch(self, folder: Path, wheels: Sequence[Wheel], start: float, end: float) -> Callable[[], None]:
        """What tells how far the installation of `wheels` is.

        Neither uv nor pip says it where nobody looks at a terminal. But uv unpacks what comes while it comes, into its
        cache, and pip into the environment; how much that will be is known.
        """
        what = wheels[0].package if len(wheels) == 1 else f"{len(wheels)} packages"
        step = Step(self.feedback, f"Installing {what}" if self.offline else f"Downloading {what}", start, end)
        cache = [Path(self.environment["UV_CACHE_DIR"])] if self.uv and "UV_CACHE_DIR" in self.environment else []
        growth = Growth(folder, *cache)
        size, unpacked = (sum(getattr(wheel, name) for wheel in wheels) for name in ("size", "unpacked"))

        def waiting() -> None:
            if step.due():
                step.bytes(int(size * min(growth.bytes() / max(unpacked, 1), 1.0)), size)

        return waiting

    def _install_torch(self, folder: Path, torch: Wheel, end: float) -> None:
        """Install torch; its builds for one device lie on an index of its makers that uv knows as a backend."""
        _, _, build = torch.version.partition("+")
        try:
            self._install(folder, [torch], START, end)
        except RegionwiseError as err:
            if not build or self.offline:
                raise
            if not self.uv:
                raise TorchMissingError(
                    f"torch {torch.version} cannot be had by pip: {err.message}", _other_torch(torch)
                ) from err
        else:
            return
        try:
            self._install(folder, [torch], START, end, ["--torch-backend", build])
        except RegionwiseError as err:
            raise TorchMissingError(f"torch {torch.version} cannot be had: {err.message}", _other_torch(torch)) from err


def _other_torch(torch: Wheel) -> str:
    other = "cpu" if not torch.version.endswith("+cpu") else "cuda, whose build (several GB) lies on the common index"
    return (
        f"Let the index of torch's makers be reached (the wheel has {torch.size / 1e6:,.0f} MB), or choose ENGINE = "
        f"trees, which does without torch, or DEVICE = {other}."
    )


def run(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    feedback: Feedback,
    waiting: Callable[[], None],
) -> None:
    """Run `command` and end it with all its children when the user cancels; `waiting` is called while it runs.

    Raises
    ------
    RegionwiseError
        If it fails; tells the cause if it is known, else its last words.
    CancelledError
        If the user cancels.
    """
    try:
        process = Process(command, dict(environment), folder, merge=True)
    except OSError as err:
        raise RegionwiseError(f"'{command[0]}' cannot be started ({err.strerror or err}).") from err
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    tail: list[str] = []
    try:
        while reader.is_alive() or not lines.empty():
            if feedback.isCanceled():
                raise CancelledError
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                waiting()
                continue
            tail = [*tail[1 - TAIL :], line]
        status = process.wait()
    finally:
        process.kill()
    if status:
        raise _failure(status, tail)


def _pass_on(stream: IO[bytes], lines: queue.Queue[str]) -> None:
    with stream:
        for line in stream:
            text = line.decode("utf-8", errors="replace").rstrip()
            if text:
                lines.put(text)


def _failure(status: int, tail: list[str]) -> RegionwiseError:
    words = without_login("\n".join(tail))
    known = explain_failure(f"{status_name(status)} {words}")
    if known:
        return RegionwiseError(f"Building the engine failed: {known[0]}\n{words}", known[1])
    if OTHER.search(words):
        return OtherContentError(
            f"Building the engine failed: a package came damaged, or another one than the lock names.\n{words}",
            "Somebody may have changed it on the way: try another network or index.",
        )
    return RegionwiseError(f"Building the engine failed:\n{words or status_name(status)}", NO_NETWORK)
