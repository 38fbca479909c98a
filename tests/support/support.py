"""What several tests need: run a task in this process, start the real qgis_process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Ran:
    """What a task did: its result, and the messages it sent."""

    result: object
    messages: list[dict] = field(default_factory=list)

    @property
    def log(self):
        return "\n".join(m["text"] for m in self.messages if m["kind"] == "log")


def run_task(function, params, folder, **settings):
    """Run a task in this process, in the job folder `folder`."""
    from regionwise.core.contract.protocol import Channel, Settings
    from regionwise.core.runtime.input_log import _LOG, collect_inputs
    from regionwise.core.runtime.run import Run

    folder.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    channel = Channel(stream)
    # a test may collect them itself
    with contextlib.nullcontext() if _LOG.get() else collect_inputs(channel.info):
        result = function(params, Run(channel, Settings(device="cpu", **settings), folder))
    return Ran(result, [json.loads(line) for line in stream.getvalue().splitlines()])


def legend_of(path):
    """Return the texts of the legend in the style beside a layer or raster, in their order."""
    root = ElementTree.parse(Path(path).with_suffix(".qml")).getroot()
    return [entry.get("label") for name in ("rule", "item", "paletteEntry") for entry in root.iter(name)]


def read_raster(path):
    """Return a raster's values, NaN where it has no data, and its band names."""
    import numpy as np
    import rasterio

    with rasterio.open(path) as file:
        return file.read(masked=True).astype(np.result_type(file.dtypes[0], np.float32)).filled(
            np.nan
        ), file.descriptions


def alive(pid):
    """Return whether a process runs (a zombie does not)."""
    if os.name == "nt":
        return _alive_on_windows(int(pid))
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def _alive_on_windows(pid):
    import ctypes

    kernel = ctypes.WinDLL("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(0x100000, False, pid))  # SYNCHRONIZE
    if not handle:
        return False
    try:
        return kernel.WaitForSingleObject(handle, 0) != 0
    finally:
        kernel.CloseHandle(handle)


def all_gone(pids, seconds=2.0):
    """Return whether all these processes end within so many seconds."""
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def start_qgis_process(*arguments, **environment):
    """Start the real qgis_process with this plugin; return the process."""
    return subprocess.Popen(
        [str(ROOT / "dev"), "qgis_process", *[str(a) for a in arguments]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


PRELUDE = """
import json, sys
from pathlib import Path
from xml.etree import ElementTree
from qgis.core import *
app = QgsApplication([], False)
app.initQgis()
import processing
from processing.core.Processing import Processing
Processing.initialize()
before = set(sys.modules)
path_before = list(sys.path)
from regionwise.plugin import RegionwisePlugin
plugin = RegionwisePlugin(None)
plugin.initProcessing()
"""


def qgis_variables():
    """The variables of a Python with QGIS and the plugin, and nothing of the engine."""
    return {
        "PYTHONPATH": f"{ROOT / '_alias'}:/usr/share/qgis/python/plugins",
        "PATH": "/usr/bin:/bin",
        "HOME": os.environ.get("HOME", "/tmp"),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(ROOT / ".qgis"),
        "REGIONWISE_PYTHON": str(ROOT / ".venv" / "bin" / "python"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_in_qgis(code, **environment):
    """Run `code` in the system's Python with QGIS and the plugin, and nothing of the engine; return its last line.

    The last line of output is JSON that `code` prints. The engine's packages must not be in that
    process: their GDAL and QGIS's do not go together.
    """
    # leaving at once: QGIS's own teardown is not what is tested
    script = f"{PRELUDE}\n{code}\nsys.stdout.flush()\nimport os; os._exit(0)"
    run = subprocess.run(
        ["/usr/bin/python3", "-c", script],
        capture_output=True,
        text=True,
        env={**qgis_variables(), **environment},
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout.strip().splitlines()[-1])
