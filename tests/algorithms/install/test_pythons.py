"""A Python for the engine is found by running it; QGIS is never run."""

import os
import stat
import sys
import types
from pathlib import Path

import pytest
from regionwise.algorithms.install import platforms, pythons
from regionwise.algorithms.install.pythons import candidates, check_python, find_python
from regionwise.core.contract.errors import RegionwiseError

posix = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for a program")
ANSWER = '{"version": [%s, %s], "name": "%s", "bits": %d, "threads": %s, "venv": %s}'


def pretender(folder, name, answer):
    """Write a program that answers like a Python."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def python(folder, name, version=(3, 12), kind="cpython", bits=64, threads="false", venv="true"):
    return pretender(folder, name, ANSWER % (*version, kind, bits, threads, venv))


@posix
def test_first_python_of_a_wanted_version_is_taken(tmp_path):
    text = pretender(tmp_path, "python3", "hello")
    old, new = python(tmp_path, "python3.9", (3, 9)), python(tmp_path, "python3.13", (3, 13))
    tried = ["/no/python", text, old, new, python(tmp_path, "python3.12")]
    assert find_python([(3, 13), (3, 12)], tried) == (new, (3, 13))
    assert find_python([(3, 12)], tried)[1] == (3, 12)
    assert find_python([(3, 11)], tried) is None


@posix
@pytest.mark.parametrize(
    ("options", "trouble"),
    [
        ({"version": (3, 9)}, "it is Python 3.9"),
        ({"version": (3, 15)}, "it is Python 3.15"),
        ({"kind": "pypy"}, "it is pypy, not CPython"),
        ({"threads": "true"}, "it is cpython without a global lock"),
        ({"bits": 32}, "it has 32 bits"),
        ({"venv": "false"}, "it lacks venv or ensurepip"),
    ],
)
def test_python_that_cannot_be_used_is_refused_with_the_reason(tmp_path, options, trouble):
    program = python(tmp_path, "python3", **options)
    with pytest.raises(RegionwiseError, match=f"PYTHON '{program}' cannot be used: {trouble}(?s:.*)3.11 to 3.14"):
        check_python(program)


@posix
def test_program_that_is_no_python_is_refused(tmp_path):
    with pytest.raises(RegionwiseError, match="it does not run as Python"):
        check_python(pretender(tmp_path, "python3", "Usage: ..."))
    with pytest.raises(RegionwiseError, match="there is no such file"):
        check_python(str(tmp_path / "nothing"))


@posix
def test_qgis_is_never_run(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    for name in ("qgis-bin.exe", "QGIS", "qgis_process"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {ran}\n")
        program.chmod(0o755)
        with pytest.raises(RegionwiseError, match="it is QGIS itself"):
            check_python(str(program))
    other = tmp_path / "Contents"
    other.write_text(f"#!/bin/sh\ntouch {ran}\n")
    other.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(other))  # on macOS QGIS may be called anything
    with pytest.raises(RegionwiseError, match="it is QGIS itself"):
        check_python(str(other))
    assert not ran.exists()


def test_running_program_is_no_candidate(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/somewhere/qgis-bin.exe")
    for system in ("windows", "mac", "linux"):
        monkeypatch.setattr(pythons, "this_system", lambda system=system: system)
        assert "/somewhere/qgis-bin.exe" not in list(candidates({}))


def test_windows_registry_programs_and_launcher_come_before_qgis_own(monkeypatch):
    class Key:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def open_key(root, name, reserved, access):
        if root == "user" and "3.12" in name:
            return Key(name)
        raise FileNotFoundError

    registry = types.SimpleNamespace(
        HKEY_CURRENT_USER="user", HKEY_LOCAL_MACHINE="all", KEY_READ=1, KEY_WOW64_64KEY=2, KEY_WOW64_32KEY=4,
        OpenKey=open_key, QueryValueEx=lambda key, name: ("C:/P312", 1),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(pythons, "this_system", lambda: "windows")
    monkeypatch.setattr(pythons.shutil, "which", lambda name, path=None: "C:/py.exe" if name == "py" else None)
    told = " -V:3.13 *        C:\\Users\\me\\P 313\\python.exe\n -V:3.9  D:\\P39\\python.exe\n"
    monkeypatch.setattr(pythons, "answer", lambda *_, **__: (0, told))
    monkeypatch.setattr(sys, "prefix", "C:/QGIS/apps/Python312")
    found = [name.replace("\\", "/") for name in candidates({"LOCALAPPDATA": "C:/Users/me/AppData/Local"})]
    order = [
        "C:/P312/python.exe",
        "C:/Users/me/AppData/Local/Programs/Python/Python314/python.exe",
        "C:/Users/me/P 313/python.exe",
        "D:/P39/python.exe",
        "C:/QGIS/apps/Python312/python.exe",
    ]
    assert [found.index(name) for name in order] == sorted(found.index(name) for name in order)


@posix
def test_shop_of_windows_and_tool_offer_of_macos_are_no_pythons(monkeypatch):
    shop = r"C:\Users\me\AppData\Local\Microsoft\WindowsApps\python3.exe"
    monkeypatch.setattr(pythons, "this_system", lambda: "windows")
    monkeypatch.setattr(pythons.shutil, "which", lambda name, path=None: shop if name == "python3" else None)
    assert shop not in list(candidates({}))
    monkeypatch.setattr(pythons, "this_system", lambda: "mac")
    monkeypatch.setattr(pythons.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    found = list(candidates({}))
    assert "/opt/homebrew/bin/python3.12" in found
    assert "/Library/Frameworks/Python.framework/Versions/3.13/bin/python3" in found
    assert not any(name.startswith(("/usr/bin/", "/Applications")) for name in found)


@pytest.mark.parametrize(
    ("system", "machine", "mac", "libc", "name"),
    [
        ("Windows", "AMD64", "", ("", ""), "win_amd64"),
        ("Darwin", "arm64", "15.1", ("", ""), "macosx_14_0_arm64"),
        ("Darwin", "arm64", "13.6", ("", ""), "macosx_12_0_arm64"),
        ("Darwin", "x86_64", "14.0", ("", ""), "macosx_13_0_x86_64"),
        ("Linux", "x86_64", "", ("glibc", "2.36"), "manylinux_2_28_x86_64"),
        ("Linux", "aarch64", "", ("glibc", "2.28"), "manylinux_2_28_aarch64"),
        ("Linux", "x86_64", "", ("glibc", "2.17"), "Linux with glibc 2.17"),
        ("Linux", "x86_64", "", ("", ""), "musl"),
        ("Linux", "riscv64", "", ("glibc", "2.40"), "Linux on riscv64"),
        ("Darwin", "arm64", "11.7", ("", ""), "macOS 11.7 on aarch64"),
        ("Windows", "ARM64", "", ("", ""), "Windows on aarch64"),
    ],
)
def test_kind_of_machine_is_told_or_refused_with_what_there_is(monkeypatch, system, machine, mac, libc, name):
    monkeypatch.setattr(platforms.platform, "system", lambda: system)
    monkeypatch.setattr(platforms.platform, "machine", lambda: machine)
    monkeypatch.setattr(platforms.platform, "mac_ver", lambda: (mac, ("", "", ""), machine))
    monkeypatch.setattr(platforms.platform, "libc_ver", lambda: libc)
    if name in {known.name for known in platforms.PLATFORMS}:
        assert platforms.this_platform().name == name
        return
    with pytest.raises(RegionwiseError, match=f"have no wheels for .*{name}(?s:.*)they have for: Windows 10"):
        platforms.this_platform()


def test_unknown_platform_is_refused_with_those_there_are():
    with pytest.raises(RegionwiseError, match="PLATFORM 'win32' is unknown. Choose one of win_amd64, macosx_14"):
        platforms.platform_named("win32")


def test_this_python_can_be_used():
    assert check_python(str(Path(sys.executable))) == sys.version_info[:2]
