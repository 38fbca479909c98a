"""Numerals: a column decides together which sign is the decimal one, and what stays open is no number."""

import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.vector.labels import read_shares
from regionwise.core.data.vector.numerals import decimal_sign, numbers_of
from regionwise.core.data.vector.tables import numeric_columns


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,5", "2"], [1.5, 2]),
        (["1,234", "2,5"], [1.234, 2.5]),
        (["1,234", "2.5"], [1234, 2.5]),
        (["1.234", "2,5"], [1234, 2.5]),
        (["1.234,5", "12.345"], [1234.5, 12345]),
        (["1.234.567"], [1234567]),
        (["0,123", "0,250"], [0.123, 0.25]),
        (["1 234,5", "1\u202f234", "1'234", "1\u2019234"], [1234.5, 1234, 1234, 1234]),
        (["\u22123", "+4", ".5", "1e3"], [-3, 4, 0.5, 1000]),
        (["1.234", "5.678"], [1.234, 5.678]),
        (["1,234", "5,678"], [np.nan, np.nan]),  # could be both
        (["1,234", "5"], [np.nan, 5]),
        (["1.5", "1,5"], [np.nan, np.nan]),  # both signs in one column
        (["1.5", "2.5", "1,5"], [1.5, 2.5, np.nan]),
        (["1,5", "x", None], [1.5, np.nan, np.nan]),
        (["12,34,567"], [np.nan]),
        (["1_000", "0x1F"], [np.nan, np.nan]),
    ],
)
def test_a_column_decides_together(cells, numbers):
    np.testing.assert_array_equal(numbers_of(pd.Series(cells, dtype=object)), numbers)


def test_the_table_decides_where_a_column_does_not():
    frame = pd.DataFrame({"a": ["1,234", "5"], "b": ["0,5", "1,25"], "c": ["1.234", "2.000"], "d": ["1.5", "2"]})
    assert decimal_sign([frame["a"], frame["b"]]) == ","
    assert decimal_sign([frame["a"]]) == decimal_sign([frame["b"], frame["d"]]) == ""
    frame.attrs["decimal"] = ","
    assert numbers_of(frame["a"]).tolist() == [1.234, 5]
    assert numbers_of(frame["c"]).tolist() == [1234, 2000]
    assert numbers_of(frame["d"]).tolist() == [1.5, 2]  # its own sign is plain
    frame.attrs["decimal"] = "."
    assert numbers_of(frame["a"]).tolist() == [1234, 5]


def test_truth_values_whole_numbers_and_dates_with_empty_cells():
    assert np.array_equal(numbers_of(pd.Series([True, None], dtype="boolean")), [1, np.nan], equal_nan=True)
    assert np.array_equal(numbers_of(pd.Series([5, None], dtype="Int64")), [5, np.nan], equal_nan=True)
    assert np.isnan(numbers_of(pd.Series(pd.to_datetime(["2020-01-01", None])))).all()


def test_the_comma_that_stays_open_is_named():
    frame = pd.DataFrame({"a": ["1,234", "5,678"], "b": ["1", "x"]})
    with pytest.raises(RegionwiseError, match=r"'a' of 't' is not numeric in row 1 \('1,234': its comma may be a dec"):
        numeric_columns(frame, ["a"], "t")
    with pytest.raises(RegionwiseError, match=r"'b' of 't' is not numeric in row 2 \('x'\)"):
        numeric_columns(frame, ["b"], "t")


def test_shares_with_decimal_commas():
    shares, _ = read_shares(pd.DataFrame({"a": ["0,25", "0,5"], "b": ["0,75", "0,5"]}), ["a", "b"], "t")
    assert shares.tolist() == [[0.25, 0.75], [0.5, 0.5]]
