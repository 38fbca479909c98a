"""Writes tests/interface.json, the frozen ids and parameter names, from what the provider lists now."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from support import run_in_qgis  # noqa: E402

CODE = """
provider = QgsApplication.processingRegistry().providerById("regionwise")
print(json.dumps({
    a.name(): {
        "parameters": {d.name(): d.type() for d in a.parameterDefinitions()},
        "outputs": sorted(d.name() for d in a.outputDefinitions()),
    }
    for a in sorted(provider.algorithms(), key=lambda a: a.name())
}))
"""

(ROOT / "tests" / "interface.json").write_text(json.dumps(run_in_qgis(CODE), indent=1) + "\n")
