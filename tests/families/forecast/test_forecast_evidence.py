"""Maps of forecasts are what they say of their making."""

import pytest
from evidence import verified

pytestmark = [pytest.mark.train]


def test_a_map_is_what_it_claims(yearly_world, early, mapped, tmp_path):
    mapping, _ = mapped(yearly_world, tmp_path / "m", early[0].model, origin=2021, years=2)
    path = mapping.intervals
    grade, ran = verified(path, tmp_path)
    assert grade == "Yes" and ran.result.numbers["TILES"] >= 1, ran.log
