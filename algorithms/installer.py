"""Builds the engine from a terminal, without QGIS: ``python -m regionwise.algorithms.installer FOLDER [FILE ...]``.

The environment is built at FOLDER with the packages in the requirement FILEs besides; nothing is done if it is there
and up to date. For developers, and for the machines of a cluster.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..core.contract.errors import RegionwiseError
from .install import home as homes
from .install.build import Builder, TorchMissingError
from .install.download import PlainNetwork
from .install.installation import Request, Surroundings, choose, uv_or_pip
from .install.lock import Plan, read_lock
from .install.sources import read_sources
from .install.telling import Console
from .install.verification import verify


def main(arguments: list[str]) -> int:
    """Build what `arguments` name and return the exit status."""
    options = _parse(arguments)
    folder, extra = Path(options.folder).resolve(), [Path(name).resolve() for name in options.file]
    # the system's Python, because only that one has PyQGIS for the tests
    python = options.python or sys.executable
    try:
        with tempfile.TemporaryDirectory(prefix="regionwise-") as home:
            around = Surroundings(Path(home), read_sources(), PlainNetwork(), Console(), os.environ)
            _ensure(folder, python, options, around, extra)
    except RegionwiseError as err:
        sys.stderr.write(f"{err}\n")
        return 1
    return 0


def _ensure(folder: Path, python: str, options: argparse.Namespace, around: Surroundings, extra: list[Path]) -> None:
    """Build the environment, unless it is there and up to date."""
    plan, _ = choose(Request(engine=options.engine, device=options.device, python=python), around)
    if _there(folder, plan, extra):
        return
    try:
        _build(folder, plan, python, around, extra)
    except TorchMissingError as err:
        if plan.torch is None or "+cpu" not in plan.torch.version or options.device != "auto":
            raise
        general = read_lock().plan(plan.platform, plan.python, "full", "cuda")
        around.feedback.pushWarning(f"{err.message}\nThe general build is taken: {general.megabytes:,} MB.")
        _build(folder, general, python, around, extra, plan)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="regionwise.algorithms.installer", description=__doc__)
    parser.add_argument("folder", help="where the environment is built")
    parser.add_argument("file", nargs="*", help="requirement files to install besides")
    parser.add_argument("--engine", choices=("auto", "full", "trees"), default="auto")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--python", default="", help="the Python to build with (default: this one)")
    return parser.parse_args(arguments)


def _there(folder: Path, plan: Plan, extra: Iterable[Path]) -> bool:
    told = homes.stamp_of(homes.interpreter_of(folder))
    return told.get("stamp") == plan.stamp and _note(folder).exists() and _note(folder).read_text() == _digest(extra)


def _build(
    folder: Path, plan: Plan, python: str, around: Surroundings, extra: list[Path], wanted: Plan | None = None
) -> None:
    """Build `plan` at `folder`; it counts as `wanted`, where that could not be had."""
    homes.check_home(folder.parent, plan, "")
    around.feedback.pushInfo(f"Building {folder} with {python}: up to {plan.megabytes:,} MB come from the index.")
    uv = uv_or_pip(plan, around, around.sources, around.environment)
    if folder.exists():
        shutil.rmtree(folder)
    interpreter = Builder(uv, python, around.environment, around.feedback).build(folder, plan, extra)
    device = verify(interpreter, plan.engine, around.feedback)
    homes.write_stamp(folder, wanted or plan, device)
    _note(folder).write_text(_digest(extra))


def _note(folder: Path) -> Path:
    return folder / "regionwise-extra"


def _digest(extra: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in extra)).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
