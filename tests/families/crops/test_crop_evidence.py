"""Maps of crops are what they say of their making."""

import pytest
from evidence import verified

pytestmark = [pytest.mark.train]


def test_a_map_is_what_it_claims(farms, boosted, mapped, tmp_path):
    mapped(farms, tmp_path, boosted[0].model)
    path = tmp_path / "map.tif"
    grade, ran = verified(path, tmp_path)
    assert grade == "Yes" and ran.result.numbers["TILES"] >= 1, ran.log
