"""One QGIS for many tests: started once, it runs code and tools that are sent to it, one after the other.

A start of QGIS costs seconds, so tests that need no QGIS of their own share one. Tools run in it with
parameters as `qgis_process` reads them from a command line: texts, and lists where one is repeated.
"""

from __future__ import annotations

import json
import select
import subprocess
import tempfile

from support import PRELUDE, ROOT, qgis_variables

PATIENCE_S = 900
LOOP = """
import io, os, traceback
from contextlib import redirect_stdout
answers, started = os.fdopen(os.dup(1), "w"), dict(os.environ)
os.dup2(2, 1)

def run_tool(words):
    name, *given = words
    parameters = {}
    for word in given:
        key, _, value = word.partition("=")
        if key in parameters:
            before = parameters[key]
            parameters[key] = [*(before if isinstance(before, list) else [before]), value]
        else:
            parameters[key] = value
    tool, context, feedback = registry.createAlgorithmById(name), QgsProcessingContext(), QgsProcessingFeedback()
    if tool is None:
        return [False, {}, f"there is no {name}"]
    for fits, reason in (tool.canExecute(), tool.checkParameterValues(parameters, context)):
        if not fits:
            return [False, {}, reason]
    results, fine = tool.run(parameters, context, feedback)
    return [fine, results, feedback.textLog()]

registry, own = QgsApplication.processingRegistry(), globals()
for line in sys.stdin:
    asked = json.loads(line)
    os.environ.clear()
    os.environ.update({**started, **asked["environment"]})
    os.chdir(asked["folder"])
    QgsProject.instance().clear()
    out = io.StringIO()
    try:
        with redirect_stdout(out):
            exec(asked["code"], dict(own))
        answer = [True, out.getvalue()]
    except BaseException:
        answer = [False, out.getvalue() + traceback.format_exc()]
    print(json.dumps(answer), file=answers, flush=True)
"""


class QgisSession:
    """A Python with QGIS and the plugin that waits for code."""

    def __init__(self):
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (it lives as long as QGIS)
        self._process = subprocess.Popen(
            ["/usr/bin/python3", "-c", PRELUDE + LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env={**qgis_variables(), "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )

    def __call__(self, code, folder=ROOT, **environment):
        """Run `code` in `folder` with variables of its own; return the last line that it prints, which is JSON."""
        spec = {"code": code, "folder": str(folder), "environment": environment}
        self._process.stdin.write(json.dumps(spec) + "\n")
        self._process.stdin.flush()
        there, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
        line = self._process.stdout.readline() if there else ""
        if not line:
            self._process.kill()
            self._said.seek(0)
            raise AssertionError(f"QGIS has ended with {self._process.wait()}: {self._said.read()[-3000:]}")
        fine, text = json.loads(line)
        assert fine, text
        return json.loads(text.strip().splitlines()[-1])

    def tool(self, *words, folder=ROOT):
        """Run a tool as ``qgis_process run`` with these words would; return its results, fail if it fails."""
        words = [str(word) for word in words if word != "--"]
        fine, results, log = self(f"print(json.dumps(run_tool({words!r}), default=str))", folder)
        assert fine, log[-3000:]
        return results

    def close(self):
        """End QGIS, and with it what it has started."""
        self._process.kill()
        self._process.wait()
        self._said.close()
