"""Model files: what is written comes back; what is damaged, foreign or hostile is refused."""

import dataclasses
import json
import pickle

import numpy as np
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.learning.card import BandInfo, Card, Member
from regionwise.core.learning.model_file import Model, read_model, write_model
from safetensors.numpy import save_file

CARD = Card(
    family="composition",
    networks={"network": {"arguments": {"width": 4}}},
    bands=[BandInfo("RED", "day"), BandInfo("VIIRS", "night")],
    components=["F", "NF"],
    members=[Member("global fold 1", "global", fold="fold 1")],
    crs="EPSG:3358",
    cell_size=28.5,
    area=[0.0, 0.0, 1.0, 1.0],
    training={"seed": 1},
    scores=[{"r2": 0.5, "component": "F"}],
    fingerprint="abc",
    versions={"torch": "2"},
)
TENSORS = {"global fold 1": {"head.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}}


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "m.safetensors"
    write_model(str(target), Model(CARD, TENSORS))
    return target


def test_model_survives_a_round_trip(path):
    model = read_model(str(path), "composition")
    assert model.card == CARD
    assert model.card.band_names("day") == ["RED"]
    np.testing.assert_array_equal(
        model.members["global fold 1"]["head.weight"], TENSORS["global fold 1"]["head.weight"]
    )


def test_the_name_of_a_region_may_hold_a_slash(tmp_path):
    name = "within Nord/Süd"
    card = dataclasses.replace(CARD, members=[Member(name, "within", region="Nord/Süd")])
    write_model(str(tmp_path / "m"), Model(card, {name: TENSORS["global fold 1"]}, {"space.mean": np.ones(2)}))
    model = read_model(str(tmp_path / "m"))
    np.testing.assert_array_equal(model.members[name]["head.weight"], TENSORS["global fold 1"]["head.weight"])


def test_model_of_another_family_is_refused(path):
    with pytest.raises(RegionwiseError, match="of the family 'composition', this tool needs 'crops'"):
        read_model(str(path), "crops")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_truncated_model_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RegionwiseError, match="is damaged|is not a Regionwise model"):
        read_model(str(path))


def test_pickle_with_another_name_is_refused_and_never_run(path, tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    for protocol in (2, 4, 5):
        path.write_bytes(pickle.dumps(Hostile(), protocol))
        with pytest.raises(RegionwiseError, match="is a pickle or zip archive"):
            read_model(str(path))
    path.write_bytes(b"PK\x03\x04" + b"0" * 100)
    with pytest.raises(RegionwiseError, match="is a pickle or zip archive"):
        read_model(str(path))
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff" * 64, (2**40).to_bytes(8, "little") + b"{}"])
def test_file_that_is_no_model_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(RegionwiseError, match="is not a Regionwise model"):
        read_model(str(path))


def test_tensors_without_a_card_are_refused(path):
    save_file({"x": np.zeros(1)}, path)
    with pytest.raises(RegionwiseError, match="holds tensors but no Regionwise card"):
        read_model(str(path))


def rewrite(path, tensors=None, **changes):
    card = dataclasses.asdict(CARD) | changes
    flat = tensors or {"global fold 1/head.weight": np.zeros((2, 3), np.float32)}
    save_file(flat, path, metadata={"regionwise": json.dumps(card)})


def test_corrupt_cards_and_tensors_are_refused(path):
    rewrite(path, format=99)
    with pytest.raises(RegionwiseError, match="has format 99, this version reads 1 to 3"):
        read_model(str(path))
    rewrite(path, unknown_key=1)
    with pytest.raises(RegionwiseError, match="is damaged"):
        read_model(str(path))
    rewrite(path, {"global fold 1/head.weight": np.array([np.nan], np.float32)})
    with pytest.raises(RegionwiseError, match="not finite in 'global fold 1/head.weight'"):
        read_model(str(path))
    rewrite(path, {"stranger/x": np.zeros(1, np.float32)})
    with pytest.raises(RegionwiseError, match="unknown member 'stranger'"):
        read_model(str(path))


def test_failed_write_leaves_the_old_model(path):
    before = path.read_bytes()
    with pytest.raises(ValueError, match="Out of range float"):
        write_model(str(path), Model(dataclasses.replace(CARD, cell_size=float("nan")), TENSORS))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_header_as_long_as_a_pickle_s_first_bytes_is_no_pickle(tmp_path):
    for extra in range(200):  # one of these headers is 0x0280 bytes long, or 0x0380, ...
        name = "global " + "x" * extra
        card = dataclasses.replace(CARD, members=[Member(name, "global")])
        write_model(str(tmp_path / "m"), Model(card, {name: TENSORS["global fold 1"]}))
        assert read_model(str(tmp_path / "m")).card == card
