"""What tests of maps need to hold one against what it says of its making."""

from pathlib import Path

from regionwise.core.contract.layer import Layer
from regionwise.core.tools.evidence.params import MapVerification
from regionwise.core.tools.evidence.verify_map import verify_map
from support import run_task

QUESTION = "Is the map what it claims to be? "


def verified(path, work, **changes):
    """Return the grade of a map by its evidence, and what was run in `work`."""
    params = MapVerification(**{"map": Layer(str(path), Path(path).stem), "sample": 3, **changes})
    ran = run_task(verify_map, params, work / "verify")
    return ran.result.verdict.removeprefix(QUESTION).split(".")[0], ran
