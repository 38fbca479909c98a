"""The program uv, in the version and with the hash that the lock names."""

from __future__ import annotations

import os
import stat
import subprocess  # nosec B404
import zipfile
from pathlib import Path

from ...core.contract.errors import RegionwiseError
from ..processes import answer
from .download import Network, fetch
from .lock import Wheel
from .sources import Sources
from .telling import Feedback, Step

TRY_S = 120  # a virus scanner may look at it first


def uv_program(
    home: Path, wheel: Wheel, sources: Sources, network: Network, feedback: Feedback, environment: dict[str, str]
) -> str:
    """The path of uv below `home`, fetched if it is not there; it has answered once.

    Raises
    ------
    RegionwiseError
        If it cannot be had, or does not run on this machine.
    """
    program = home / f"uv-{wheel.version}" / ("uv.exe" if os.name == "nt" else "uv")
    if not program.exists():
        step = Step(feedback, f"Fetching uv {wheel.version}, which builds the environment")
        _unpack(fetch(wheel, home, sources, network, step), program)
    try:
        status, text = answer([str(program), "--version"], environment, timeout_s=TRY_S)
    except (OSError, subprocess.SubprocessError) as err:
        status, text = 1, str(err)
    if status:
        program.unlink(missing_ok=True)
        raise RegionwiseError(f"uv does not run here ({text.strip()[:200] or f'exit status {status}'}).")
    return str(program)


def _unpack(wheel: Path, program: Path) -> None:
    """Take the program out of its wheel, which goes."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(f"/scripts/{program.name}"))
        content = archive.read(name)
    program.parent.mkdir(parents=True, exist_ok=True)
    part = program.with_name(f"{program.name}.part")
    part.write_bytes(content)
    part.chmod(part.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    os.replace(part, program)
    wheel.unlink(missing_ok=True)
