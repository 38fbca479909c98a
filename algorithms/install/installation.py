"""Installs, repairs and removes the engine, and makes folders of wheels for other machines."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...core.contract.errors import RegionwiseError
from ..processes import answer
from . import home as homes
from .build import Builder
from .download import Network, check_folder, fetch
from .guard import alone
from .lock import MB, Plan, Wheel, read_lock
from .platforms import dotted, platform_named, this_platform, this_system
from .pythons import check_python, find_python
from .sources import Sources
from .telling import Feedback, Step
from .uv import uv_program
from .verification import has_nvidia, verify

INDEX = "index"
BROUGHT = (3, 12)  # the Python that uv brings: what QGIS has on Windows and macOS today


@dataclass(frozen=True)
class Request:
    """The choices of an installation.

    Parameters
    ----------
    source : str
        ``index`` or a folder of wheels.
    engine : str
        ``auto``, ``full`` or ``trees`` (without torch).
    device : str
        ``auto``, ``cpu`` or ``cuda``.
    python : str
        A Python to build with; empty to look for one.
    platform, python_version : str
        Of another machine, for a folder of wheels; empty for this one.
    repair : bool
        Build anew in any case.
    """

    source: str = INDEX
    engine: str = "auto"
    device: str = "auto"
    python: str = ""
    platform: str = ""
    python_version: str = ""
    repair: bool = False


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of the installer: where the engine lives, where packages come from, who asks and who is told."""

    home: Path
    sources: Sources
    network: Network
    feedback: Feedback
    variables: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of uv and pip."""
        return self.sources.environment(self.variables)


def install(request: Request, around: Surroundings) -> Path:
    """Install the engine below its home and return its interpreter.

    The new environment is built beside the old one; a pointer file replaced in one step puts it in force, so a failed
    or cancelled installation changes nothing.

    Raises
    ------
    RegionwiseError
        If it cannot be built; before anything is downloaded where that can be known.
    CancelledError
        If the user stops.
    """
    home, feedback = around.home, around.feedback
    feedback.setProgressText("Looking for a Python that fits")
    with alone(home / homes.GUARD):
        plan, python = choose(request, around)
        current = homes.installed(home)
        if current and not request.repair and _serves(current, plan, request):
            feedback.pushInfo(f"The engine is up to date: {current}")
            return current
        homes.check_home(home, plan, this_system())
        _tell(plan, request, home, feedback)
        folder = homes.new_folder(home)
        try:
            interpreter = _build(request, around, plan, python, folder)
            feedback.setProgress(90)
            device = _device(plan, verify(interpreter, plan.engine, feedback), feedback)
            homes.write_stamp(folder, plan, device)
        except BaseException:
            homes.discard(folder)
            raise
        finally:
            shutil.rmtree(home / "cache", ignore_errors=True)
        homes.put_in_force(home, folder)
        feedback.setProgressText("Removing the engine before it")
        for used in homes.forget_others(home, folder.name):
            feedback.pushInfo(f"A program still runs from '{used}'; it is removed the next time.")
        feedback.setProgress(100)
        return interpreter


def _serves(current: Path, plan: Plan, request: Request) -> bool:
    """Whether the engine in force is what `plan` would build; another Python does as well, if none was named."""
    told = homes.stamp_of(current)
    if told.get("stamp") == plan.stamp:
        return True
    alike = (told.get("engine"), told.get("build")) == (plan.engine, plan.device)
    return alike and not request.python and not homes.out_of_date(current, read_lock())


def choose(request: Request, around: Surroundings) -> tuple[Plan, str]:
    """The plan for this machine and the Python that builds it (empty: uv brings one).

    Raises
    ------
    RegionwiseError
        If the lock has nothing for what is wanted, or the Python that was named cannot be used.
    """
    lock, platform = read_lock(), this_platform().name
    kinds = _kinds(request, platform, around)
    pythons = lock.pythons(platform)
    plans = [lock.plan(platform, own, *kind) for kind in kinds for own in pythons if lock.has(platform, own, *kind)]
    if not plans and not request.python:
        return lock.plan(platform, pythons[-1], *kinds[0]), ""  # which says what there is
    if request.source != INDEX:  # what the folder was made for
        plans = [plan for plan in plans if _all_in(Path(request.source), plan)] or plans
    if request.python:
        version = check_python(request.python, around.environment)
        fitting = [plan for plan in plans if plan.python == version]
        return (fitting[0] if fitting else lock.plan(platform, version, *kinds[0])), request.python
    fitting = [plan for plan in plans if (plan.engine, plan.device) == (plans[0].engine, plans[0].device)]
    found = find_python([plan.python for plan in fitting], variables=around.environment)
    if found:
        return next(plan for plan in fitting if plan.python == found[1]), found[0]
    return next((plan for plan in fitting if plan.python == BROUGHT), fitting[-1]), ""


def _kinds(request: Request, platform: str, around: Surroundings) -> list[tuple[str, str]]:
    """Engines and devices that fit what is wanted, the best first."""
    best = read_lock().best_engine(platform)
    if request.engine == "trees" or (request.engine == "auto" and best == "trees"):
        if request.engine == "auto":
            around.feedback.pushWarning(
                "torch has no wheel for this machine: the engine 'trees' is taken, without networks."
            )
        return [("trees", "cpu")]
    kinds = [("full", device) for device in _devices(request.device, platform, around)]
    offline = request.engine == "auto" and request.source != INDEX
    return [*kinds, ("trees", "cpu")] if offline else kinds


def _devices(device: str, platform: str, around: Surroundings) -> list[str]:
    lock = read_lock()
    possible = any(lock.has(platform, python, "full", "cuda") for python in lock.pythons(platform))
    if device == "cuda" and not possible:
        around.feedback.pushWarning("torch has no CUDA for this kind of machine; the build for the processor is taken.")
    if device == "auto" and possible and has_nvidia(around.variables):
        return ["cuda", "cpu"]
    return ["cuda"] if device == "cuda" and possible else ["cpu"]


def _all_in(folder: Path, plan: Plan) -> bool:
    return all((folder / wheel.name).is_file() for wheel in plan.wheels)


def _tell(plan: Plan, request: Request, home: Path, feedback: Feedback) -> None:
    what = "no torch" if plan.engine == "trees" else f"torch for {plan.device}"
    come = (
        f"up to {plan.megabytes:,} MB come from the package index" if request.source == INDEX else "no network is used"
    )
    feedback.pushInfo(
        f"Engine {plan.engine} ({what}), Python {dotted(plan.python)}, {platform_named(plan.platform).title}: {come}, "
        f"{plan.needed_bytes / MB:,.0f} MB of disk in '{home}'."
    )


def _build(request: Request, around: Surroundings, plan: Plan, python: str, folder: Path) -> Path:
    offline = None if request.source == INDEX else Path(request.source)
    sources = around.sources
    if offline:
        around.feedback.setProgressText(f"Checking the files in '{offline}'")
        check_folder(offline, plan.wheels)
        sources = Sources(links=(str(offline),))
    given = {**sources.environment(around.variables)}
    given.setdefault("UV_CACHE_DIR", str(around.home / "cache"))
    uv = uv_or_pip(plan, around, sources, given)
    if not uv and not python:
        raise RegionwiseError(
            f"No Python {', '.join(map(dotted, read_lock().pythons(plan.platform)))} was found, and uv, which could "
            "bring one, cannot be had.",
            "Install Python from python.org (Debian, Ubuntu: apt install python3-venv), or name one in PYTHON.",
        )
    builder = Builder(uv, python, given, around.feedback, offline)
    if not python:
        builder = builder.bring_python(plan.python, around.home / "python")
    around.feedback.pushInfo(f"Building with {'uv' if uv else 'pip'} and {builder.python} ...")
    return builder.build(folder, plan)


def uv_or_pip(plan: Plan, around: Surroundings, sources: Sources, environment: dict[str, str]) -> str:
    """The program uv, or an empty text: then pip builds, which every Python brings."""
    wheel = read_lock().tool(plan.platform)
    try:
        return uv_program(around.home, wheel, sources, around.network, around.feedback, environment)
    except RegionwiseError as err:
        around.feedback.pushWarning(f"pip is used instead of uv: {err.message}")
        return ""


def _device(plan: Plan, found: str, feedback: Feedback) -> str:
    """The device that the engine computes on, and say it if that is not the one it was built for."""
    if plan.device == "cuda" and found != "cuda":
        feedback.pushWarning(
            "The engine is built for CUDA, but no NVIDIA GPU answered: it computes on the processor until one does."
        )
    return found


def remove(home: Path, old_places: list[Path]) -> list[Path]:
    """Remove the engine and those of old places; return the folders that went.

    Raises
    ------
    RegionwiseError
        If a program still uses one of them.
    """
    gone, used = [], []
    for place in [home, *old_places]:
        if not place.exists():
            continue
        with alone(place / homes.GUARD):
            there = homes.installed(place) is not None or any(place.glob("engine-*"))
            (place / homes.POINTER).unlink(missing_ok=True)
            used += homes.forget_others(place)
            for extra in (*place.glob("uv-*"), place / "python", place / "cache"):
                shutil.rmtree(extra, ignore_errors=True)
            gone += [place] if there else []
    if used:
        raise RegionwiseError(
            f"A program still runs from '{used[0]}'.", "Close it (other QGIS windows, runs of models), then try again."
        )
    return gone


def download(request: Request, folder: Path, around: Surroundings) -> Plan:
    """Put all wheels that another machine needs into `folder`, uv's too, and return what they are for.

    Raises
    ------
    RegionwiseError
        If the platform is unknown, the lock has nothing for it, or a wheel cannot be had.
    """
    lock, platform = read_lock(), platform_named(request.platform) if request.platform else this_platform()
    engine = lock.best_engine(platform.name) if request.engine == "auto" else request.engine
    device = "cpu" if request.device == "auto" or engine == "trees" else request.device
    plan = lock.plan(platform.name, _version(request.python_version, lock.pythons(platform.name)), engine, device)
    folder.mkdir(parents=True, exist_ok=True)
    feedback = around.feedback
    feedback.pushInfo(f"{plan.megabytes:,} MB for {platform.title}, Python {dotted(plan.python)}, engine '{engine}'.")
    wheels, done = (lock.tool(platform.name), *plan.wheels), 0
    total = sum(wheel.size for wheel in wheels)
    for wheel in wheels:
        start, done = done, done + wheel.size
        step = Step(feedback, f"Fetching {wheel.package}", 100 * start / total, 100 * done / total)
        fetch(wheel, folder, _sources_of(wheel, around), around.network, step)
        feedback.setProgress(100 * done / total)
    feedback.pushInfo(f"{len(wheels)} files are in '{folder}', {total / MB:,.0f} MB.")
    return plan


def _version(text: str, known: list[tuple[int, int]]) -> tuple[int, int]:
    if not text:
        own = (sys.version_info[0], sys.version_info[1])
        return own if own in known else BROUGHT
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", text)
    if found is None:
        raise RegionwiseError(f"PYTHON_VERSION '{text}' is no version.", "Write one such as 3.12.")
    return int(found.group(1)), int(found.group(2))


def _sources_of(wheel: Wheel, around: Surroundings) -> Sources:
    """Where `wheel` is looked for: a build of torch also on the index that uv knows for it."""
    _, _, build = wheel.version.partition("+")
    if not build:
        return around.sources
    own = around.sources
    uv = uv_program(
        around.home, read_lock().tool(this_platform().name), own, around.network, around.feedback, around.environment
    )
    command = [uv, "pip", "compile", "-q", "--system-certs", "--no-deps", "--emit-index-annotation", "--no-header"]
    wanted = around.home / "torch.in"
    wanted.write_text(f"{wheel.package}=={wheel.version}\n", encoding="utf-8")
    step = Step(around.feedback, f"Looking for the index of {wheel.package} {wheel.version}")
    _, text = answer([*command, "--torch-backend", build, str(wanted)], around.environment, 300, step.goes_on)
    wanted.unlink()
    found = re.search(r"# from (\S+)", text)
    return own if found is None else Sources(own.index, (found.group(1), *own.extra), own.links, own.certificate)
