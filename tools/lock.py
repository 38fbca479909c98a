"""Resolves the engine for every platform and Python into resources/engine-lock.json: `./dev lock [--check]`.

For each platform and Python the lock names the one wheel of each package that is installed there, with its SHA-256,
its size, the size of what it unpacks, and its longest path. So the installer needs no resolver: it knows before
anything is downloaded how much will come, whether it fits, and what it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import tomllib
import wheels
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from regionwise.algorithms.install import lock as reading
from regionwise.algorithms.install.platforms import PLATFORMS, Platform

ROOT = Path(__file__).resolve().parents[1]
RECIPE, LOCK = ROOT / "tools" / "engine.toml", ROOT / "resources" / "engine-lock.json"
GPU_ONLY = ("nvidia-", "cuda-", "triton")  # what torch asks for in its build for NVIDIA GPUs
LONGEST = 200  # characters of a path in a wheel; Windows allows 259 for the whole


def main(arguments: list[str]) -> int:
    """Make or check the lock; return the exit status."""
    parser = argparse.ArgumentParser(prog="./dev lock", description=__doc__)
    parser.add_argument("--check", action="store_true", help="check the lock as it is and print its table")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions instead of those pinned now")
    options = parser.parse_args(arguments)
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    if not options.check:
        made = make(recipe, {} if options.upgrade else pins_of(LOCK))
        LOCK.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    text = LOCK.read_text(encoding="utf-8")
    troubles = list(problems(json.loads(text), recipe))
    sys.stdout.write(table(reading.Lock(json.loads(text))) + "\n")
    sys.stdout.write("".join(f"{trouble}\n" for trouble in troubles))
    return 1 if troubles else 0


def make(recipe: dict, pins: dict[str, str]) -> dict:
    """Return the lock for `recipe`; `pins` (name -> version) are kept where they can be."""
    tool = next(iter(_requirements(recipe["tool"])))
    found: dict = {"tool": {"version": recipe["tool"]["uv"].removeprefix("=="), "wheels": {}}, "targets": {}}
    known: dict[str, dict] = {}
    for platform in PLATFORMS:
        uv = wheels.choose(tool, platform, "3.12")
        found["tool"]["wheels"][platform.name] = _note(uv, known)
        for python in recipe["pythons"]:
            target = _target(recipe, platform, python, pins, known)
            if target:
                found["targets"][f"{platform.name}-{python}"] = target
    found["files"] = dict(sorted(known.items()))
    _add_others(found)
    return found


def _add_others(lock: dict) -> None:
    """Let other wheels of the same version that run on a target count as well: a mirror may hold only one of them."""
    for name, target in lock["targets"].items():
        platform, _, python = name.rpartition("-")
        for wheel in (wheel for group in target.values() for wheel in group):
            package, version, _, _ = parse_wheel_filename(wheel)
            if version.local:
                continue
            hashes = lock["files"][wheel]["hashes"]
            for other in wheels.files_of(package):
                if wheels.version_of(other.name) == version and wheels.fits(other.name, platform, python):
                    hashes += [f"sha256:{other.sha256}"] if f"sha256:{other.sha256}" not in hashes else []


def _target(recipe: dict, platform: Platform, python: str, pins: dict[str, str], known: dict) -> dict:
    """Return the names of the wheels for one platform and Python by group, empty if rasters cannot be read there."""
    sys.stdout.write(f"{platform.name} {python}\n")
    trees = list(_requirements(recipe["trees"]))
    full = _resolve([*trees, *_requirements(recipe["full"])], platform, python, pins)
    base = _resolve(trees, platform, python, full or pins)
    if base is None:
        return {}
    target = {"trees": [_note(wheels.choose(f"{n}=={v}", platform, python), known) for n, v in base.items()]}
    if full is None:
        return target
    more = {name: version for name, version in full.items() if name not in base}
    plain = [n for n in more if n != "torch" and not n.startswith(GPU_ONLY)]
    chosen = {name: _note(wheels.choose(f"{name}=={more[name]}", platform, python), known) for name in more}
    backends = [wheels.choose(line, platform, python) for line in _requirements(recipe["backends"])]
    target["full"] = [chosen[n] for n in plain] + [_note(wheel, known) for wheel in backends if wheel]
    linux = platform.name.startswith("manylinux")
    own = {build: wheels.listed(recipe["torch"][build], platform, python) for build in ("cpu", "cuda")}
    target["cpu"] = [_note(own["cpu"], known, like=chosen["torch"]) if linux else chosen["torch"]]
    if linux:
        target["cuda"] = [chosen[n] for n in more if n not in plain]
    elif own["cuda"]:
        target["cuda"] = [_note(own["cuda"], known, like=chosen["torch"])]
    return target


def _requirements(group: dict[str, str]) -> Iterator[str]:
    for name, rest in group.items():
        yield f"{name}{rest}"


def _resolve(lines: list[str], platform: Platform, python: str, pins: dict[str, str]) -> dict[str, str] | None:
    """Return name -> version of everything that `lines` need, or None where a package has no wheel."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "pins.txt"
        output.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "-q", "-", "-o", str(output), "--no-annotate"]
        command += ["--no-header", "--only-binary", ":all:", "--prerelease", "disallow"]
        command += ["--python-platform", platform.triple, "--python-version", python]
        given = {**os.environ, **({"MACOSX_DEPLOYMENT_TARGET": platform.macos} if platform.macos else {})}
        run = subprocess.run(  # nosec B603
            command, input="\n".join(lines), text=True, capture_output=True, env=given, check=False
        )
        if run.returncode:
            sys.stdout.write("".join(f"  {line}\n" for line in run.stderr.splitlines()[:3]))
            return None
        found = [Requirement(line) for line in output.read_text(encoding="utf-8").splitlines()]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in found}


def _note(wheel: wheels.Wheel | None, known: dict, like: str = "") -> str:
    """Keep what is known of `wheel` and return its name; a wheel that cannot be read unpacks as much as `like`."""
    if wheel is None:
        raise LookupError("uv found a wheel where the index lists none")
    if wheel.name not in known:
        unpacked, longest = (known[like]["unpacked"], known[like]["longest"]) if like else wheels.inside(wheel)
        known[wheel.name] = {
            "hashes": [f"sha256:{wheel.sha256}"],
            "size": wheel.size,
            "unpacked": unpacked,
            "longest": longest,
        }
    return wheel.name


def pins_of(path: Path) -> dict[str, str]:
    """Return the versions in the lock at `path` by name; the newest one where platforms differ."""
    if not path.exists():
        return {}
    names = sorted(json.loads(path.read_text(encoding="utf-8"))["files"])
    parsed = sorted(parse_wheel_filename(name)[:2] for name in names)
    return {name: str(version.public) if name == "torch" else str(version) for name, version in parsed}


def problems(lock: dict, recipe: dict) -> Iterator[str]:
    """Yield a sentence for each thing that would stop an installation."""
    wanted = {canonicalize_name(Requirement(line).name) for line in _requirements(recipe["trees"])}
    for name, target in lock["targets"].items():
        platform, _, python = name.rpartition("-")
        here = {parse_wheel_filename(wheel)[0] for wheel in target["trees"]}
        foreign = {"xgboost-cpu"} if platform.startswith("mac") else {"xgboost", "scikit-learn"}
        for package in sorted(wanted - here - foreign):
            yield f"{name}: no wheel of {package}"
        if "full" in target and not any(wheel.startswith("torch-") for wheel in target["cpu"]):
            yield f"{name}: no wheel of torch"
        for wheel in (wheel for group in target.values() for wheel in group):
            yield from _wheel_problems(wheel, lock["files"].get(wheel, {}), f"{name}: ")
            if not wheels.fits(wheel, platform, python):
                yield f"{name}: {wheel} does not run there"
    for platform in PLATFORMS:
        uv = lock["tool"]["wheels"].get(platform.name, "")
        yield from _wheel_problems(uv, lock["files"].get(uv, {}), f"{platform.name}: ")
        if not any(name.startswith(f"{platform.name}-") for name in lock["targets"]):
            yield f"{platform.name}: no Python has all packages"


def _wheel_problems(name: str, facts: dict, where: str) -> Iterator[str]:
    if not facts.get("hashes") or not all(re.fullmatch("sha256:[0-9a-f]{64}", known) for known in facts["hashes"]):
        yield f"{where}{name or 'uv'} has no SHA-256"
    if not facts.get("size"):
        yield f"{where}{name or 'uv'} has no size"
    if facts.get("longest", 0) > LONGEST:
        yield f"{where}{name} holds a path of {facts['longest']} characters; {LONGEST} is the most"


def table(lock: reading.Lock) -> str:
    """Return the table platform x Python x MB to download, as the documentation shows it."""
    lines = ["| platform | Python | trees, MB | full, MB | full with CUDA, MB |", "|---|---|---|---|---|"]
    for platform in PLATFORMS:
        for python in lock.pythons(platform.name):
            cells = [
                f"{lock.plan(platform.name, python, *kind).megabytes:,}"
                if lock.has(platform.name, python, *kind)
                else "-"
                for kind in (("trees", "cpu"), ("full", "cpu"), ("full", "cuda"))
            ]
            lines.append(f"| {platform.name} | {reading.dotted(python)} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
