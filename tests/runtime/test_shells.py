"""The command that repeats a run is right in the shell of the system, whatever its paths are called."""

import shlex
import subprocess
import sys

import pytest
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.run import Run
from regionwise.core.runtime.shells import command_lines
from support import ROOT

ODD = [
    "plain",
    "two words",
    "a & b",
    "100% %PATH%",
    "it's",
    'the "best"',
    "Grüße 中",
    "$HOME `id` $(id)",
    "a;b|c>d",
    "*?",
]


@pytest.mark.parametrize("name", ODD)
def test_sh_starts_the_module_with_the_very_paths(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "shown.py").write_text("import os, sys; print(os.environ['PYTHONPATH'], *sys.argv[1:], sep='\\n')")
    (line,) = command_lines(str(folder), sys.executable, "shown", f"{folder}/job.json", "posix")
    found = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [str(folder), f"{folder}/job.json"]


def windows(path, python, job):
    told = command_lines(path, python, "regionwise.core.worker", job, "nt")
    assert told[0] == "In the Command Prompt (cmd):"
    assert told[2] == "In PowerShell:"
    return told[1], told[3]


def test_plain_windows_paths_are_hardly_quoted():
    cmd, powershell = windows(r"C:\rw\_alias", r"C:\rw\python.exe", r"D:\maps\job.json")
    assert cmd == (r"set PYTHONPATH=C:\rw\_alias&& C:\rw\python.exe -X utf8 -m regionwise.core.worker D:\maps\job.json")
    assert powershell == (
        r"$env:PYTHONPATH = 'C:\rw\_alias'; & 'C:\rw\python.exe' -X utf8 -m regionwise.core.worker 'D:\maps\job.json'"
    )


@pytest.mark.parametrize(
    ("name", "value", "quoted"),
    [
        ("two words", "two words", '"C:\\two words"'),
        ("Grüße", "Grüße", "C:\\Grüße"),
        ("a & b (c)", "a ^& b ^(c^)", '"C:\\a & b (c)"'),
        ("a^b", "a^^b", '"C:\\a^b"'),
        ("%PATH%", "^%PATH^%", '"C:\\\\"^%"PATH"^%""'),
        ("100%", "100^%", '"C:\\100"^%""'),
        ("it's $x `y", "it's $x `y", '"C:\\it\'s $x `y"'),
    ],
)
def test_cmd_reads_every_letter_of_a_path_as_it_is(name, value, quoted):
    """Outside of quotes a caret takes a letter's meaning away; inside of them only a percent sign has one."""
    line, _ = windows(f"C:\\{name}", f"C:\\{name}", f"C:\\{name}")
    assert line == f"set PYTHONPATH=C:\\{value}&& {quoted} -X utf8 -m regionwise.core.worker {quoted}"


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("two words", "'C:\\two words'"),
        ("$HOME `n %PATH% & (x)", "'C:\\$HOME `n %PATH% & (x)'"),
        ("it's", "'C:\\it''s'"),
        ("l’été", "'C:\\l’’été'"),
        ("Grüße 中", "'C:\\Grüße 中'"),
    ],
)
def test_powershell_reads_every_letter_of_a_path_as_it_is(name, quoted):
    """In single quotes only these have a meaning, the curly ones among them; they are doubled."""
    _, line = windows(f"C:\\{name}", f"C:\\{name}", f"C:\\{name}")
    assert line == f"$env:PYTHONPATH = {quoted}; & {quoted} -X utf8 -m regionwise.core.worker {quoted}"


def test_a_run_tells_the_line_of_this_system(tmp_path):
    import io

    (line,) = Run(Channel(io.BytesIO()), Settings(), tmp_path).repeat_lines
    variable, *words = shlex.split(line)  # the repository's path may hold blanks
    assert variable == f"PYTHONPATH={ROOT / '_alias'}"
    assert words == [sys.executable, "-m", "regionwise.core.worker", f"{tmp_path}/job.json"]
