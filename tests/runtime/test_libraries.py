"""How libraries are set before they are imported: what that asks of the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
PROGRAM = """
import resource, sys
from regionwise.core.contract.protocol import Settings
from regionwise.core.runtime.run import prepare_libraries
if sys.argv[1] == "prepared":
    prepare_libraries(Settings())
import torch
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    not PAGES.exists() or "[madvise]" not in PAGES.read_text(),
    reason="this system gives large pages to every program, or to none",
)
def test_large_blocks_of_networks_come_in_large_pages():
    def faults(how: str) -> int:
        command = [sys.executable, "-c", PROGRAM, how]
        alias = {"PYTHONPATH": str(ROOT / "_alias")}
        return int(subprocess.run(command, env=alias, capture_output=True, text=True, check=True).stdout)

    assert faults("prepared") < faults("plain") / 4
