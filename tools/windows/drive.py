"""Under the Windows Python of tools/windows.sh: tests, what an installation is made with, and the installer, in turn.

Everything happens in the profile of a user whose name has letters outside the code page of Windows (1252).
"""

from __future__ import annotations

import os
import shutil
import subprocess  # nosec B404
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "_alias"))
from regionwise.algorithms.processes import answer  # noqa: E402

USER = Path(r"C:\users\Jürgen Größe 海")
PURE = "iniconfig"  # a small package without compiled parts
PYTHON = [sys.executable, "-X", "utf8"]
# those that need no numpy, which wine cannot load
TESTS = ("processes", "engine", "rooms", "light", "sources", "download", "home", "guard", "pythons", "installer")
STEP_S = 600


class StepError(Exception):
    """A step did not go as it must."""


def expect(fact: object, otherwise: str) -> None:
    """Fail unless `fact` holds."""
    if not fact:
        raise StepError(otherwise)


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`, or all steps if there are none; return the exit status."""
    move_in()
    os.chdir(ROOT)
    if arguments:
        return run_pytest(arguments)
    steps = (tests, environment, uv, installer)
    failed = [step.__name__ for step in steps if not passes(step)]
    sys.stdout.write(f"steps: {len(steps) - len(failed)} passed, {len(failed)} failed {' '.join(failed)}\n")
    return 1 if failed else 0


def move_in() -> None:
    """Make the user's profile and let all programs take it for theirs."""
    local = USER / "AppData" / "Local"
    shutil.rmtree(local / "Temp", ignore_errors=True)
    (local / "Temp").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "USERNAME": USER.name,
            "USERPROFILE": str(USER),
            "HOMEPATH": str(USER)[2:],
            "APPDATA": str(USER / "AppData" / "Roaming"),
            "LOCALAPPDATA": str(local),
            "TEMP": str(local / "Temp"),
            "TMP": str(local / "Temp"),
            "PATH": f"{Path(sys.prefix) / 'Scripts'};{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(local / "hypothesis"),
        }
    )


def passes(step) -> bool:
    """Run a step, say how it went, and return whether it went well."""
    try:
        step()
    except StepError as err:
        sys.stdout.write(f"step {step.__name__} FAILED: {err}\n")
        return False
    sys.stdout.write(f"step {step.__name__} passed\n")
    sys.stdout.flush()
    return True


def run_pytest(arguments: list[str]) -> int:
    """Run pytest in the repository and return its exit status."""
    return subprocess.call([*PYTHON, "-m", "pytest", "-p", "no:cacheprovider", *arguments])  # nosec B603


def said(*command: str | Path) -> str:
    """Return what a command says; it must succeed."""
    status, text = answer([str(word) for word in command], dict(os.environ), STEP_S)
    expect(status == 0, f"{command}: exit status {status}\n{text}")
    return text


def tests() -> None:
    """Run the tests that need no compiled package."""
    files = [str(path) for name in TESTS for path in (ROOT / "tests").rglob(f"test_{name}.py")]
    expect(run_pytest(["-q", *files]) == 0, "see above")


def environment() -> None:
    """Make a virtual environment in the user's profile, and let its pip bring a package from the index."""
    folder = USER / "AppData" / "Local" / "regionwise" / "venv"
    said(*PYTHON, "-m", "venv", "--clear", folder)
    python = folder / "Scripts" / "python.exe"
    said(python, "-X", "utf8", "-m", "pip", "install", "--no-cache-dir", "--only-binary=:all:", PURE)
    place = said(python, "-X", "utf8", "-c", f"import {PURE}; print({PURE}.__file__)")
    expect(str(folder) in place, place)


def uv() -> None:
    """Let uv.exe bring a package from the index into a folder of the user's profile."""
    program, target = Path(sys.prefix) / "Scripts" / "uv.exe", USER / "AppData" / "Local" / "regionwise" / "target"
    expect(said(program, "--version").startswith("uv "), "this is not uv")
    said(program, "pip", "install", "--no-cache", "--python", sys.executable, "--target", target, PURE)
    expect((target / PURE / "__init__.py").is_file(), f"{PURE} is not in '{target}'")


def installer() -> None:
    """Run the installer up to the first package that wine cannot load."""
    folder = USER / "AppData" / "Local" / "regionwise" / "ab12"
    command = [*PYTHON, "-m", "regionwise.algorithms.installer", str(folder), "--engine", "trees", "--device", "cpu"]
    status, text = answer(command, {**os.environ, "PYTHONPATH": str(ROOT / "_alias")}, STEP_S)
    sys.stdout.write(text)
    expect((folder / "Lib" / "site-packages" / "numpy").is_dir(), "the packages were not installed")
    # numpy wants functions that wine has not; what matters is that this is told
    expect(status == 0 or "does not start" in text, f"exit status {status}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
