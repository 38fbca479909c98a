"""Command lines that start a Python module, quoted for each shell."""

from __future__ import annotations

import os
import re
import shlex

PYTHON_OPTIONS = ("-X", "utf8")  # on Windows: else a letter outside the code page ends the run


def command_lines(path: str, python: str, module: str, argument: str, system: str = os.name) -> list[str]:
    """The lines that start `module` with one argument: one on POSIX; on Windows one for each of two shells.

    Parameters
    ----------
    path : str
        Where Python looks for the module.
    system : str
        As `os.name` has it.
    """
    if system != "nt":
        return [f"PYTHONPATH={shlex.quote(path)} {shlex.join([python, '-m', module, argument])}"]
    words = [python, *PYTHON_OPTIONS, "-m", module, argument]
    return [
        "In the Command Prompt (cmd):",
        f"set PYTHONPATH={_escaped_for_cmd(path)}&& {' '.join(map(_quoted_for_cmd, words))}",
        "In PowerShell:",
        f"$env:PYTHONPATH = {_quoted_for_powershell(path)}; & {' '.join(map(_quoted_for_powershell, words))}",
    ]


def _quoted_for_cmd(word: str) -> str:
    """`word` in double quotes where it needs them.

    A percent sign stands outside of them behind a caret: so it begins no variable, whatever variables there are.
    Backslashes before a quote are doubled, for programs take one for its mask.
    """
    if re.fullmatch(r"[\w.\\:/-]+", word):
        return word
    return '"' + re.sub(r"(\\*)%", r'\1\1"^%"', word) + '"'


def _escaped_for_cmd(value: str) -> str:
    """A value for ``set``, which would take quotes for a part of it: carets before what has a meaning."""
    return re.sub(r"([&|<>^%()])", r"^\1", value)


def _quoted_for_powershell(word: str) -> str:
    """`word` in single quotes, where nothing has a meaning but quotes; PowerShell takes curly ones for such."""
    if re.fullmatch(r"[\w.-]+", word):
        return word
    return "'" + re.sub("(['‘’‚‛])", r"\1\1", word) + "'"
