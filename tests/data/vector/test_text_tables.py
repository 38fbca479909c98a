"""Text tables: whatever habits a CSV has, each cell is read as it was typed."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.numerals import numbers_of
from regionwise.core.data.vector.tables import encoding_of, read_table
from regionwise.core.data.vector.text_tables import read_text_table
from regionwise.core.runtime.input_log import collect_inputs

LETTERS = {"cp1252": "abZ é ü.", "gb18030": "ab 乡镇。", "utf-8": "aé乡ﻯ😀 ."}
MARKS = '",;|\t\n'
WORDS = ["", "  ", "NA", "n/a", "#N/A", "#DIV/0!", "#WERT!", "null", "None", "-", "--", ".", "?", "(empty)", "NaN"]


def texts(alphabet):
    cell = st.text(alphabet + MARKS + "07", max_size=6)
    return cell.filter(lambda text: text.strip() not in {*WORDS, "..", "...", "??"} and "\t" not in text[:1])


@st.composite
def tables(draw):
    """Columns of texts and numbers with missing words, and how they are written."""
    encoding = draw(st.sampled_from(["cp1252", "gb18030", "utf-8", "utf-8-sig", "utf-16"]))
    alphabet = LETTERS.get(encoding, LETTERS["utf-8"])
    rows = draw(st.integers(1, 6))
    missing = st.sampled_from(WORDS)
    words = st.lists(st.one_of(texts(alphabet), missing), min_size=rows, max_size=rows)
    numbers = st.lists(st.one_of(st.integers(-(10**9), 10**9), st.none()), min_size=rows, max_size=rows)
    return {
        "encoding": encoding,
        "separator": draw(st.sampled_from(",;\t|")),
        "newline": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "comment": draw(st.sampled_from(["", "# made by hand, once"])),
        "texts": draw(st.lists(words, min_size=1, max_size=3)),
        "numbers": draw(st.lists(numbers, max_size=3)),
        "decimal": draw(st.sampled_from(".,")),
        "thousands": draw(st.sampled_from(["", " ", "\u00a0", "'", "other"])),
        "missing": draw(missing),
    }


def number_text(hundredths, table):
    """A number with two decimals as people write it."""
    if hundredths is None:
        return table["missing"]
    other = "." if table["decimal"] == "," else ","
    thousands = other if table["thousands"] == "other" else table["thousands"]
    thousands = " " if thousands == "\u00a0" and table["encoding"] == "gb18030" else thousands
    text = f"{hundredths / 100:,.2f}"
    return text.replace(".", "#").replace(",", thousands).replace("#", table["decimal"])


def written(table):
    columns = {f"text{i}": cells for i, cells in enumerate(table["texts"])}
    columns |= {f" n{i} ": [number_text(cell, table) for cell in cells] for i, cells in enumerate(table["numbers"])}
    file = io.StringIO(newline="")
    if table["comment"]:
        file.write(table["comment"] + table["newline"])
    writer = csv.writer(
        file, delimiter=table["separator"], lineterminator=table["newline"],
        quoting=csv.QUOTE_ALL if table["newline"] == "\r" else table["quoting"],  # \n in a cell would not be quoted
    )  # fmt: skip
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue().encode(table["encoding"])


@given(tables())
def test_any_table_reads_as_it_was_typed(table):
    wanted = table["encoding"] if table["encoding"] in ("cp1252", "gb18030") else ""
    read = read_text_table(written(table), wanted, "t")
    frame = read.frame
    assert list(frame) == [f"text{i}" for i in range(len(table["texts"]))] + [
        f"n{i}" for i in range(len(table["numbers"]))
    ]
    for i, cells in enumerate(table["texts"]):
        expected = [None if cell.strip() in map(str.strip, WORDS) else cell.strip() for cell in cells]
        assert frame[f"text{i}"].tolist() == expected
    for i, cells in enumerate(table["numbers"]):
        expected = [np.nan if cell is None else cell / 100 for cell in cells]
        np.testing.assert_array_equal(numbers_of(frame[f"n{i}"]), expected)


def read(tmp_path, text, written_as="utf-8", **layer):
    (tmp_path / "t.csv").write_bytes(text.encode(written_as))
    return read_table(Layer(str(tmp_path / "t.csv"), "t", **layer))


def test_excel_names_the_separator_in_a_first_line(tmp_path):
    frame = read(tmp_path, "sep=;\r\na;b\r\n1,5;x\r\n")
    assert frame.to_dict("list") == {"a": ["1,5"], "b": ["x"]}
    assert read(tmp_path, '"sep=|"\na|b\n1;2|x\n').to_dict("list") == {"a": ["1;2"], "b": ["x"]}


def test_blank_lines_and_columns_without_name_or_cells_are_none(tmp_path):
    frame = read(tmp_path, "a, b ,,\n\n 1, x,,\n   \n2,y,,\n\n")
    assert frame.to_dict("list") == {"a": ["1", "2"], "b": ["x", "y"]}


def test_header_that_starts_with_a_hash_is_no_comment(tmp_path):
    assert read(tmp_path, "# made in 2020\n# a,b\n1,2\n").to_dict("list") == {"a": ["1"], "b": ["2"]}
    assert read(tmp_path, "# made, once\na,b\n1,2\n").to_dict("list") == {"a": ["1"], "b": ["2"]}


def test_codes_that_excel_is_made_to_keep_are_plain(tmp_path):
    assert read(tmp_path, 'a,b\n="007",1\n')["a"].tolist() == ["007"]


def test_two_columns_of_one_name_are_refused(tmp_path):
    with pytest.raises(RegionwiseError, match="Two columns of 't' are called 'a'. Rename one"):
        read(tmp_path, "a,b,a \n1,2,3\n")


def test_decimal_commas_that_split_cells_are_told(tmp_path):
    with pytest.raises(RegionwiseError, match="Row 2 of 't' has 3 cells for 2 columns, separated by commas. Put texts"):
        read(tmp_path, "a,b\n1,2\n1,5,2\n")


def test_quotation_mark_that_is_never_closed_is_told(tmp_path):
    with pytest.raises(RegionwiseError, match=r"A quotation mark is opened and never closed in 't' \(row 1 goes on"):
        read(tmp_path, 'a,b\n"x,2\n3,4\n5,6\n')


def test_empty_and_binary_files_are_refused(tmp_path):
    with pytest.raises(RegionwiseError, match="Layer 't' is empty"):
        read(tmp_path, "\n")
    (tmp_path / "t.csv").write_bytes(b"PK\x03\x04\x00\x00\x00\x01\x02")
    with pytest.raises(RegionwiseError, match="'t' is no text: it holds zero bytes"):
        read_table(Layer(str(tmp_path / "t.csv"), "t"))


def test_missing_words_are_counted_and_short_rows_told(tmp_path):
    told = []
    with collect_inputs(told.append):
        read(tmp_path, "a,b\nNA,x\n-,\n,y\nz\n")
    assert told == ["'t': 2 cells of 'a' count as empty (-, NA).",
                    "'t': 1 rows are shorter than the header; their last cells are empty."]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("名,值\n东风镇,1\n红旗乡,2\n", "gb18030"),
        ("name,v\n朱镕基路,1\n", "gb18030"),
        ("name,v\nA县,1\nB县,2\n", "gb18030"),
        ("Ort;Größe\nMünchen;1\nKöln;2\n", "cp1252"),
        ("Größe\n1\n", "cp1252"),
        ("nom,département\nSaint-Étienne,Créée\nÎle,né\n", "cp1252"),
        ("região,população\nSão Paulo,1\nAÇÃO,2\n", "cp1252"),
        ("temp °C;area m²\n1;2\n", "cp1252"),
        ("année,coût\n“1”,2 €\n", "cp1252"),
        ("name,v\n东风镇 é,1\n", "utf-8"),
        ("name,v\n东风镇,1\n", "utf-16"),
        ("name,v\né,1\n", "utf-16-le"),
        ("name,v\né,1\n", "utf-16-be"),
    ],
)
def test_encoding_is_found_from_the_bytes(tmp_path, text, encoding):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert encoding_of(str(tmp_path / "t.csv")) == encoding
    assert "".join(map(str, read_table(Layer(str(tmp_path / "t.csv"))))) in text.replace(",", "").replace(";", "")


def test_encoding_that_the_user_has_set_counts(tmp_path):
    text = "имя,v\nМосква,1\n"
    assert list(read(tmp_path, text, "cp1251", encoding="windows-1251")) == ["имя", "v"]
    assert list(read(tmp_path, text, "cp866", encoding="IBM 866")) == ["имя", "v"]
    with pytest.raises(RegionwiseError, match=r"Layer 't' is no text in utf-8 \(byte 1 is 0xe8\). Set its encoding"):
        read(tmp_path, text, "cp1251", encoding="UTF-8")
    with pytest.raises(RegionwiseError, match="has the encoding 'Klingon', which is not known here"):
        read(tmp_path, text, "cp1251", encoding="Klingon")
