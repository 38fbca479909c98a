"""The kinds of machine that the engine has packages for, and which one this is."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from ...core.contract.errors import RegionwiseError

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
OLDEST_GLIBC = (2, 28)


@dataclass(frozen=True)
class Platform:
    """A kind of machine, named as wheels name it.

    Parameters
    ----------
    name : str
        As in the names of wheels: ``win_amd64``, ``macosx_14_0_arm64`` ...
    title : str
        For people.
    triple : str
        As uv names it.
    macos : str
        The oldest macOS, or an empty text.
    """

    name: str
    title: str
    triple: str
    macos: str = ""


PLATFORMS = (
    Platform("win_amd64", "Windows 10 and 11, x64", "x86_64-pc-windows-msvc"),
    Platform("macosx_14_0_arm64", "macOS 14 or later, Apple silicon", "aarch64-apple-darwin", "14.0"),
    Platform("macosx_12_0_arm64", "macOS 12 and 13, Apple silicon", "aarch64-apple-darwin", "12.0"),
    Platform("macosx_13_0_x86_64", "macOS 13 or later, Intel", "x86_64-apple-darwin", "13.0"),
    Platform("manylinux_2_28_x86_64", "Linux with glibc 2.28 or later, x86_64", "x86_64-manylinux_2_28"),
    Platform("manylinux_2_28_aarch64", "Linux with glibc 2.28 or later, aarch64", "aarch64-manylinux_2_28"),
)


def platform_named(name: str) -> Platform:
    """The platform called `name`.

    Raises
    ------
    RegionwiseError
        If there is none of that name.
    """
    for known in PLATFORMS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in PLATFORMS)
    raise RegionwiseError(f"PLATFORM '{name}' is unknown.", f"Choose one of {names}, or leave it empty.")


def this_platform() -> Platform:
    """The kind of this machine.

    Raises
    ------
    RegionwiseError
        If the packages have no wheels for it; tells what can be done instead.
    """
    system, machine = platform.system(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "Windows" and machine == "x86_64":
        return platform_named("win_amd64")
    if system == "Darwin":
        return _mac(machine, _numbers(platform.mac_ver()[0]))
    if system == "Linux" and machine in ("x86_64", "aarch64"):
        _check_glibc(platform.libc_ver())
        return platform_named(f"manylinux_2_28_{machine}")
    raise _without_wheels(f"{system} on {machine}")


def _mac(machine: str, version: tuple[int, ...]) -> Platform:
    for name, needed, oldest in (
        ("macosx_14_0_arm64", "aarch64", (14,)),
        ("macosx_12_0_arm64", "aarch64", (12,)),
        ("macosx_13_0_x86_64", "x86_64", (13,)),
    ):
        if machine == needed and version >= oldest:
            return platform_named(name)
    raise _without_wheels(f"macOS {'.'.join(map(str, version))} on {machine}")


def _check_glibc(library: tuple[str, str]) -> None:
    name, version = library
    if name != "glibc":
        raise _without_wheels("Linux without glibc (musl)")
    if _numbers(version) < OLDEST_GLIBC:
        raise _without_wheels(f"Linux with glibc {version}")


def _without_wheels(machine: str) -> RegionwiseError:
    titles = "; ".join(known.title for known in PLATFORMS)
    return RegionwiseError(
        f"The engine's packages have no wheels for {machine}; they have for: {titles}.",
        "Use such a machine, or name a Python that has the packages in Settings > Options > Processing > Providers "
        "> Regionwise.",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def dotted(version: tuple[int, ...]) -> str:
    """A version as text."""
    return ".".join(str(number) for number in version)


def this_system() -> str:
    """``windows``, ``mac`` or ``linux``: whose habits hold here."""
    return {"win32": "windows", "darwin": "mac"}.get(sys.platform, "linux")
