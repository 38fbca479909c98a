"""Maps of susceptibility are what they say of their making."""

import pytest
from evidence import verified

pytestmark = [pytest.mark.train]


def test_a_map_is_what_it_claims(terrain_world, boosted, mapped, tmp_path):
    mapping, _ = mapped(terrain_world, tmp_path, boosted[0].model)
    path = mapping.classes
    grade, ran = verified(path, tmp_path)
    assert grade == "Yes" and ran.result.numbers["TILES"] >= 1, ran.log
