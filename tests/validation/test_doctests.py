"""The pictures of spatial splits in docstrings are what the splitters answer."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["splitters", "knndm", "rolling_origin"])
def test_pictures_in_docstrings_are_true(name):
    result = doctest.testmod(import_module(f"regionwise.core.validation.{name}"))
    assert result.attempted
    assert not result.failed
