"""The desktop under Xvfb: a script runs in it, says what happened, and grabs what a user would see."""

import os
import shutil
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

def wait(ready, seconds):
    "Wait until something is true."
    for _ in range(int(4 * seconds)):
        if ready():
            return
        settle(0.25)
    raise TimeoutError

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
        # a busy machine loads plugins late
        wait(lambda: QgsApplication.processingRegistry().providerById("regionwise"), 120)
        settle(1)
        script()
    except Exception:
        say("ERROR " + traceback.format_exc())
    finish()

QTimer.singleShot(2500, whole)
"""


def launch(script, program, screen="1400x900", timeout=900, **environment):
    """Start the desktop by `program` on a screen of its own, with a script; return when it has ended."""
    variables = {
        **environment,
        **{"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1", "QT_X11_NO_MITSHM": "1", "LC_ALL": "C.UTF-8"},
    }
    server = ["xvfb-run", "-a", "-s", f"-screen 0 {screen}x24"]
    command = [*server, *program, "--nologo", "--noversioncheck", "--code", str(script)]
    return subprocess.run(command, env=variables, timeout=timeout, check=False, capture_output=True, text=True)


def keep_pictures(out, name="screenshots"):
    """Copy the pictures of folder `out` to build/, where people look at them."""
    kept = ROOT / "build" / name
    kept.mkdir(parents=True, exist_ok=True)
    for picture in out.glob("*.png"):
        shutil.copy(picture, kept)


def own_profile(out):
    """Make a profile in folder `out` that has the plugin and nothing else; desktops side by side share none."""
    plugins = out / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "regionwise").symlink_to(ROOT)
    settings = out / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir()
    settings.write_text("[PythonPlugins]\nregionwise=true\nprocessing=true\ngrassprovider=false\n")
    (out / "run").mkdir(mode=0o700)
    return ["qgis", "--profiles-path", str(out), "--profile", "default"]


def in_desktop(code, out, timeout=900, **environment):
    """Run `code`, lines of a function's body, in the desktop; return what it said. Pictures go to folder `out`."""
    body = "".join(f"    {line}\n" for line in code.strip("\n").splitlines())
    path = out / "script.py"
    path.write_text(PRELUDE.format(out=str(out)) + body + CLOSING, encoding="utf-8")
    variables = {
        **{"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", str(out)), "XDG_RUNTIME_DIR": str(out / "run")},
        **{"REGIONWISE_PYTHON": str(ROOT / ".venv" / "bin" / "python"), "PYTHONDONTWRITEBYTECODE": "1"},
    }
    launch(path, own_profile(out), timeout=timeout, **{**variables, **environment})
    events = out / "events.txt"
    return events.read_text(encoding="utf-8").splitlines() if events.exists() else []
