"""Writes tests/interface.json, the frozen interface, from what the provider lists now."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUPPORT = ROOT / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

from support import run_in_qgis  # noqa: E402

CODE = f"""
sys.path.insert(0, {str(SUPPORT)!r})
from interface import interface
print(json.dumps(interface(QgsApplication.processingRegistry().providerById("regionwise"))))
"""

(ROOT / "tests" / "interface.json").write_text(json.dumps(run_in_qgis(CODE), indent=1, ensure_ascii=False) + "\n")
