"""Declarations: what a number, a choice and a list may be, what is made of it, and how one tool varies another's."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.declare import choice, column, declared, number, raster_output, text, varied
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Params
from regionwise.core.contract.parsing import listed
from regionwise.core.families.crops.params import CropTraining
from regionwise.core.families.forecast.params import ForecastTraining
from regionwise.core.families.susceptibility.terrain_params import TerrainDerivation
from regionwise.core.registry import TASKS


@dataclass(frozen=True)
class Example(Params):
    """Parameters to try."""

    count: int = number(4, "Count", low=2, high=9)
    share: float = number(0.0, "Share", above=0, below=1, automatic=0.0, optional=True)
    buffer: float = number(-1.0, "Buffer", low=0, automatic=-1.0, unit="m", optional=True)
    side: int = number(3, "Side", low=1, odd=True)
    patch: int = number(8, "Patch", low=4, multiple=4)
    kind: str = choice("a", "Kind", ("a", "b"))
    name: str = text("x", "Name")
    output: str = raster_output("Map", optional=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 1}, "Count is 1; it must be at least 2."),
        ({"count": 10}, "Count is 10; it must be at most 9."),
        ({"share": 1.0}, "Share is 1; it must be below 1."),
        ({"share": -0.5}, "Share is -0.5; it must be greater than 0."),
        ({"buffer": -2.0}, "Buffer is -2; it must be at least 0 m."),
        ({"kind": "c"}, "Kind is 'c'; choose one of: a, b."),
        ({"name": ""}, "Name is missing; choose a value."),
    ],
)
def test_a_value_outside_is_refused_with_its_bounds(changes, message):
    with pytest.raises(RegionwiseError) as caught:
        Example(**changes)
    assert message in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(RegionwiseError) as caught:
        Example(count=1, kind="c", name="")
    assert str(caught.value).count("\n") >= 2


def test_what_must_be_odd_or_a_multiple_is_taken_up_and_told():
    taken, told = Example(side=4, patch=9).settled()
    assert (taken.side, taken.patch) == (5, 12)
    assert told == ["Side 4 is taken as 5.", "Patch 9 is taken as 12."]
    assert Example().settled() == (Example(), [])


@pytest.mark.parametrize(
    ("kind", "name", "value", "taken"),
    [(CropTraining, "patch", 4, 5), (TerrainDerivation, "relief_window", 10, 11), (ForecastTraining, "patch", 50, 52)],
)
def test_tools_decide_what_they_refused_before(kind, name, value, taken):
    assert declared(kind)[name].settled(value) == taken
    assert list(declared(kind)[name].problems(value)) == []


@given(st.floats(-1, -1e-9) | st.just(-1.0))
def test_numbers_between_not_set_and_the_first_that_means_something_are_not_set(value):
    taken, _ = Example(buffer=value).settled()
    assert taken.buffer == -1


def test_one_tool_varies_what_another_declares():
    other = varied(Example, "count", help="Another.", default=5)
    assert other.default == 5
    facts = other.metadata["declared"]
    assert (facts.label, facts.low, facts.help) == ("Count", 2, "Another.")


@pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.__name__)
def test_fields_belong_to_layers_that_the_tool_has(kind):
    facts = declared(kind)
    for name, one in facts.items():
        assert one.label and len(one.help) > 10, name
        for parent in one.of.split():
            assert facts[parent].kind in ("layer", "layers", "map_layer", "rasters", "raster"), (name, parent)


def test_a_field_may_have_a_name_to_begin_with():
    assert column("Block field", "blocks", "block").default == "block"


@pytest.mark.parametrize("words", ["a b c", "a, b, c", "a;b;c", "a,b c", " a ;; b,c, "])
def test_lists_take_blanks_commas_and_semicolons_alike(words):
    assert listed(words) == (["a", "b c"] if words == "a,b c" else ["a", "b", "c"])


def test_a_name_with_blanks_stands_alone_where_it_is_known():
    assert listed("land use", ["land use", "slope"]) == ["land use"]
    assert listed("land use, slope", ["land use", "slope"]) == ["land use", "slope"]
    assert listed("land use") == ["land", "use"]
    assert listed("  ") == []
