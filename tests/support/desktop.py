"""The desktop under Xvfb: a script runs in it, says what happened, and grabs what a user would see."""

import os
import subprocess

from support import ROOT

PRELUDE = """
import traceback
from pathlib import Path
import processing
from qgis.core import *
from qgis.gui import *
from qgis.PyQt.QtCore import *
from qgis.PyQt.QtWidgets import *
from qgis.utils import iface

out = Path({out!r})
project = QgsProject.instance()

def say(text):
    with open(out / "events.txt", "a", encoding="utf-8") as file:
        file.write(text + "\\n")

def grab(widget, name):
    widget.grab().save(str(out / name))

def settle(seconds=0.3):
    "Let the desktop work for a while."
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()

def finish():
    project.clear()
    iface.actionExit().trigger()

def script():
"""
CLOSING = """
def whole():
    try:
        script()
    except Exception:
        say("ERROR " + traceback.format_exc())
    finish()

QTimer.singleShot(2500, whole)
"""


def in_desktop(code, out, screen="1400x900", timeout=240, **environment):
    """Run `code`, lines of a function's body, in the desktop; return what it said. Pictures go to folder `out`."""
    body = "".join(f"    {line}\n" for line in code.strip("\n").splitlines())
    path = out / "script.py"
    path.write_text(PRELUDE.format(out=str(out)) + body + CLOSING, encoding="utf-8")
    variables = {
        **os.environ,
        **{"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1", "QT_X11_NO_MITSHM": "1", "LC_ALL": "C.UTF-8"},
        **environment,
    }
    options = ["--nologo", "--noversioncheck", "--code", str(path)]
    command = ["xvfb-run", "-a", "-s", f"-screen 0 {screen}x24", str(ROOT / "dev"), "qgis", *options]
    subprocess.run(command, env=variables, timeout=timeout, check=False, capture_output=True)
    events = out / "events.txt"
    return events.read_text(encoding="utf-8").splitlines() if events.exists() else []
