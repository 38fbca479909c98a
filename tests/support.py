"""What several tests need: run a task in this process, start the real qgis_process."""

from __future__ import annotations

import io
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
    from regionwise.core.protocol import Channel, Settings
    from regionwise.core.run import Run

    folder.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    result = function(params, Run(Channel(stream), Settings(device="cpu", **settings), folder))
    return Ran(result, [json.loads(line) for line in stream.getvalue().splitlines()])


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
