"""Steps of a demo: algorithms through the real qgis_process, one after the other."""

from __future__ import annotations

import hashlib
import json
import subprocess  # nosec B404
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Steps:
    """Runs algorithms one after the other; steps that an earlier run of the same code has finished are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        code = b"".join(path.read_bytes() for path in sorted(ROOT.glob("core/**/*.py")))
        self.code = hashlib.sha256(code).hexdigest()

    def run(self, algorithm: str, **parameters: object) -> None:
        """Run one algorithm unless it has been run with these parameters and its outputs are there."""
        stamp = self.folder / f".{algorithm}-{Path(str(list(parameters.values())[-1])).stem}.json"
        if stamp.exists() and stamp.read_text() == self._wanted(parameters) and self._there(parameters):
            print(f"  {algorithm}: kept from an earlier run")
            return
        start = time.time()
        command = [str(ROOT / "dev"), "qgis_process", "run", f"regionwise:{algorithm}", "--"]
        for name, value in parameters.items():
            values = value if isinstance(value, list) else [value]
            command += [f"{name}={item}" for item in values]
        log = self.folder / f"{stamp.stem[1:]}.log"
        with open(log, "w") as file:
            status = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)  # nosec B603
        if status.returncode:
            sys.exit(f"{algorithm} failed; the log is {log}:\n{log.read_text()[-3000:]}")
        stamp.write_text(self._wanted(parameters))
        print(f"  {algorithm}: {time.time() - start:.0f} s")

    def _wanted(self, parameters: dict[str, object]) -> str:
        """The stamp of a step; it holds the times of all files named, so that steps after a new one are new."""
        named = [item for value in parameters.values() for item in (value if isinstance(value, list) else [value])]
        times = [item.stat().st_mtime_ns for item in named if isinstance(item, Path) and item.is_file()]
        return json.dumps([self.code, parameters, times], default=str)

    def _there(self, parameters: dict[str, object]) -> bool:
        return all(Path(str(v)).exists() for v in parameters.values() if str(v).startswith(str(self.folder)))
