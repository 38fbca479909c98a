"""Places: rounds of matching against known answers, keyword rules, and codes that spreadsheets spoil."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.presets import RESOURCES, region_by_name
from regionwise.core.data.vector.tables import encoding_of, read_code
from regionwise.core.tools.preparation.match_places import classify, match
from regionwise.core.tools.preparation.place_params import PlaceClassification, PlaceMatching
from regionwise.core.tools.preparation.toponyms import (
    AMBIGUOUS,
    TAKEN,
    Place,
    classify_name,
    drop_suffix,
    match_places,
)
from support import run_task

SUFFIXES = (RESOURCES / "place_suffixes.csv").read_text(encoding="utf-8").split()[1:]


def matched(places, reference, **options):
    found = match_places([Place(*p) for p in places], [Place(*r) for r in reference], SUFFIXES, **options)
    return [(m.row, m.round) if m.row >= 0 else m.reason for m in found]


def test_each_round_finds_what_it_is_for():
    reference = [("东风镇", "110101", "1101"), ("红旗乡", "110101", "1101"), ("和平街道", "110102", "1101"),
                 ("长白山北坡镇", "110101", "1101")]  # fmt: skip
    places = [
        ("东风镇", "110101", "1101"),  # as it is
        ("红旗", "110101", "1101"),  # without its suffix
        ("和平街道办事处", "110199", "1101"),  # in another county of its city
        ("长白山北破镇", "110101", "1101"),  # one letter wrong
    ]
    assert matched(places, reference, threshold=75) == [(0, "exact"), (1, "county"), (2, "city"), (3, "fuzzy")]
    assert matched(places, reference)[3] == "no such name"


def test_ambiguous_names_are_reported_and_not_guessed():
    reference = [("城关镇", "110101", "1101"), ("城关乡", "110101", "1101"), ("城关镇", "110102", "1101")]
    assert matched([("城关", "110101", "1101"), ("城关镇", "110109", "1101")], reference) == [AMBIGUOUS, AMBIGUOUS]
    # the exact name decides before its stem is ambiguous
    assert matched([("城关乡", "110101", "1101")], reference) == [(1, "exact")]


def test_beyond_the_county_a_place_matched_to_another_is_not_matched_again():
    reference = [("东风镇", "110101", "1101")]
    places = [("东风镇", "110101", "1101"), ("东风镇", "110102", "1101")]
    assert matched(places, reference) == [(0, "exact"), TAKEN]
    both = [("东风镇", "110103", "1101"), ("东风镇", "110102", "1101")]
    assert matched(both, reference) == [AMBIGUOUS, AMBIGUOUS]
    # two spellings within the county may mean one place
    assert matched([places[0], ("东风", "110101", "1101")], reference) == [(0, "exact"), (0, "county")]


def test_unknown_codes_never_match_each_other():
    assert matched([("东风镇", "", "")], [("东风镇", "", "")], threshold=50) == ["no such name"]
    assert matched([("", "1", "1")], [("", "1", "1")]) == ["no name"]


@given(st.text("东风红旗镇乡街道办事处", max_size=8))
def test_dropping_a_suffix_leaves_a_start_of_the_name(name):
    stem = drop_suffix(name, SUFFIXES)
    assert name.startswith(stem)
    assert stem or not name


@pytest.mark.parametrize(
    ("cell", "digits", "known", "spoiled"),
    [
        ("6.20102E+11", "620102000000", 6, "scientific"),
        ("6.2e+11", "620000000000", 6, "scientific"),
        ("6.20102013E+11", "620102013000", 9, "scientific"),
        ("620102013000.0", "620102013000", 12, "decimal"),
        (620102013000.0, "620102013000", 12, ""),
        ("007", "007", 3, ""),
        (None, "", 0, ""),
    ],
)
def test_codes_that_spreadsheets_spoiled(cell, digits, known, spoiled):
    code = read_code(cell)
    assert (code.digits, code.known, code.spoiled) == (digits, known, spoiled)
    assert code.prefix(9) == (digits[:9] if known >= min(9, len(digits)) else None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_in_the_encodings_that_spreadsheets_write(tmp_path, encoding):
    official = pd.DataFrame(
        {"名": ["东风镇", "红旗乡"], "码": ["110101001", "110101002"], "县": ["110101", "1.10101E+05"]}
    )
    survey = pd.DataFrame({"name": ["东风", "红旗乡", "无名镇"], "county": ["110101"] * 3})
    official.to_csv(tmp_path / "official.csv", index=False, encoding=encoding)
    survey.to_csv(tmp_path / "survey.csv", index=False, encoding=encoding)
    params = PlaceMatching(
        input=Layer(str(tmp_path / "survey.csv"), "survey"), name_field="name", county_field="county",
        reference=Layer(str(tmp_path / "official.csv"), "official"), reference_name_field="名",
        reference_code_field="码", reference_county_field="县",
        output=str(tmp_path / "out.csv"), unmatched=str(tmp_path / "left.gpkg"),
    )  # fmt: skip
    ran = run_task(match, params, tmp_path / "j")
    out = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert out[["name", "code", "round", "matched"]].to_numpy().tolist() == [
        ["东风", "110101001", "county", "东风镇"],
        ["红旗乡", "110101002", "exact", "红旗乡"],
    ]
    assert gpd.read_file(tmp_path / "left.gpkg")["reason"].tolist() == ["no such name"]
    assert encoding_of(str(tmp_path / "survey.csv")) == encoding
    assert "a spreadsheet turned 1 codes into numbers like" in ran.log
    assert ran.result.numbers == {"MATCHED_COUNT": 2, "UNMATCHED_COUNT": 1}


def against_itself(layer, folder, **fields):
    """Return parameters that match a table with itself."""
    return PlaceMatching(input=layer, name_field="n", reference=layer, reference_name_field="n",
                         reference_county_field="k", output=str(folder / "o.csv"), **fields)  # fmt: skip


def test_official_codes_with_lost_digits_are_refused(tmp_path):
    pd.DataFrame({"n": ["东风镇"], "c": ["6.20102E+11"], "k": ["620102"]}).to_csv(tmp_path / "r.csv", index=False)
    layer = Layer(str(tmp_path / "r.csv"), "r")
    params = against_itself(layer, tmp_path, county_field="k", reference_code_field="c")
    with pytest.raises(RegionwiseError, match=r"Field 'c' of 'r' has lost digits in 1 of 1 rows: .*'6.20102E\+11'"):
        run_task(match, params, tmp_path / "j")
    params = PlaceMatching(**{**params.__dict__, "reference_code_field": "k", "county_field": "c", "county_digits": 9})
    with pytest.raises(RegionwiseError, match="it keeps 6 digits, 9 are needed"):
        run_task(match, params, tmp_path / "j")


def test_a_field_that_the_output_needs_is_not_overwritten(tmp_path):
    pd.DataFrame({"n": ["a"], "k": ["1"], "code": ["mine"]}).to_csv(tmp_path / "r.csv", index=False)
    layer = Layer(str(tmp_path / "r.csv"), "r")
    params = against_itself(layer, tmp_path, county_field="k", reference_code_field="k")
    with pytest.raises(RegionwiseError, match="Layer 'r' already has a field 'code'. Rename it"):
        run_task(match, params, tmp_path / "j")


def test_codes_of_another_kind_are_refused_before_matching(tmp_path):
    table = {"n": ["甲镇", "乙乡"], "k": ["110101", "110102"], "pop": ["5310", "7200"]}
    pd.DataFrame(table).to_csv(tmp_path / "r.csv", index=False)
    layer = Layer(str(tmp_path / "r.csv"), "r")
    params = against_itself(layer, tmp_path, county_field="pop", reference_code_field="k")
    with pytest.raises(RegionwiseError, match=r"No county of 'r' \(field 'pop', the first is '5310'\) is in field 'k'"):
        run_task(match, params, tmp_path / "j")
    one = Layer(str(tmp_path / "one.csv"), "one")
    pd.DataFrame({"n": ["甲镇"], "k": ["110101"]}).to_csv(one.path, index=False)
    params = PlaceMatching(**{**params.__dict__, "county_field": "k", "reference": one})
    assert "1 of 2 places have a county that the reference does not know" in run_task(match, params, tmp_path / "j").log


def test_rules_of_classes_are_tried_in_order():
    rules = [
        {"contains": "农场", "class": "0", "also": "", "without": ""},
        {"contains": "公司", "class": "1", "also": "", "without": "牧 农"},
        {"contains": "生态", "class": "1", "also": "管理", "without": ""},
    ]
    assert classify_name("国营农场公司", rules) == ("0", "农场")
    assert classify_name("石油公司", rules) == ("1", "公司")
    assert classify_name("牧公司", rules) == ("", "")
    assert classify_name("生态区", rules) == ("", "")
    assert classify_name("生态管理处", rules) == ("1", "生态")


def test_region_preset_lists_the_31_provinces():
    table = region_by_name("china")
    assert len(table) == 31
    assert sorted(set(table.values())) == ["", "Central-South", "East", "North", "Northeast", "Northwest", "Southwest"]
    assert [name for name, region in table.items() if not region] == ["西藏自治区"]


@pytest.fixture(scope="session")
def townships(shared):
    """The folder of the real townships."""
    return shared / "data" / "townships"


def test_keyword_rules_give_the_published_flags(townships, tmp_path):
    layer = Layer(str(townships / "rural_flags.csv"), "flags")
    out = str(tmp_path / "o.csv")
    params = PlaceClassification(input=layer, field="乡镇级", output=out, undecided=str(tmp_path / "u.csv"))
    ran = run_task(classify, params, tmp_path / "j")
    table = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert len(table) == 29_380
    assert (table["class"] == table["Rural"]).sum() == 29_375
    assert ran.result.numbers == {"UNDECIDED_COUNT": 5}
    undecided = pd.read_csv(tmp_path / "u.csv")["乡镇级"]
    assert set(undecided) == {"中牧公司山丹马场", "普侨区", "牛场", "百丈山名胜风景区", "大山种羊场"}


def planted(official, rng, n):
    """A survey of `n` official places with planted faults; column `truth` is the official row, -1 for none."""
    rows = rng.permutation(len(official))[:n]
    survey = official.iloc[rows].reset_index(drop=True).assign(truth=rows)
    kind = rng.choice(
        ["as is", "no suffix", "other suffix", "letter", "county", "absent"], n, p=[0.5, 0.15, 0.1, 0.1, 0.1, 0.05]
    )
    names, counties = survey["乡镇级"].to_list(), survey["区县码"].to_list()
    same_city = official.groupby("市代码")["区县码"].unique()
    letters = list("甲乙丙丁戊己庚辛壬癸")
    for i in range(n):
        if kind[i] == "no suffix":
            names[i] = drop_suffix(names[i], SUFFIXES)
        elif kind[i] == "other suffix":
            names[i] = drop_suffix(names[i], SUFFIXES) + "人民政府办事处"[-3:]
        elif kind[i] == "letter" and len(names[i]) > 2:
            at = int(rng.integers(0, len(names[i]) - 1))
            names[i] = names[i][:at] + letters[int(rng.integers(10))] + names[i][at + 1 :]
        elif kind[i] == "county":
            others = [c for c in same_city[survey["市代码"][i]] if c != counties[i]]
            counties[i] = others[int(rng.integers(len(others)))] if others else counties[i]
        elif kind[i] == "absent":
            names[i] = "".join(rng.choice(letters, 3)) + "镇"
    truth = np.where(kind == "absent", -1, survey["truth"])
    return pd.DataFrame(
        {"name": names, "county": counties, "city": survey["市代码"], "kind": kind, "truth": truth, "row": range(n)}
    )


def test_30000_real_townships_with_planted_faults(townships, tmp_path, capsys):
    official = pd.read_csv(townships / "official_townships.csv", encoding="utf-8-sig", dtype=str)
    survey = planted(official, np.random.default_rng(0), 30_000)
    survey.to_csv(tmp_path / "survey.csv", index=False, encoding="gb18030")
    params = PlaceMatching(
        input=Layer(str(tmp_path / "survey.csv"), "survey"), name_field="name", county_field="county",
        city_field="city", reference=Layer(str(townships / "official_townships.csv"), "official"),
        reference_name_field="乡镇级", reference_code_field="FID", reference_county_field="区县码",
        reference_city_field="市代码", threshold=60, output=str(tmp_path / "o.csv"), unmatched=str(tmp_path / "u.csv"),
    )  # fmt: skip
    start = time.monotonic()
    ran = run_task(match, params, tmp_path / "j")
    seconds = time.monotonic() - start
    out = pd.read_csv(tmp_path / "o.csv", dtype=str)
    truth = official["FID"].to_numpy()[survey["truth"].to_numpy()]
    truth = np.where(survey["truth"] < 0, "none", truth)
    right = out["code"].to_numpy() == truth[out["row"].astype(int)]
    with capsys.disabled():
        print(f"\n30,000 x 43,206 places in {seconds:.1f} s; round: matched, precision, recall so far")
        total = 0
        for label in ("exact", "county", "city", "fuzzy"):
            own = (out["round"] == label).to_numpy()
            total += (right & own).sum()
            recall = total / (survey["truth"] >= 0).sum()
            print(f"  {label:7s} {own.sum():6d}  {right[own].mean():.5f}  {recall:.4f}")
    assert right[(out["round"] == "fuzzy").to_numpy()].all()
    # the only wrong ones are faults that made the name of another real place, spelled right, of that county
    there = set(zip(official["区县码"], official["乡镇级"].str.strip()))
    assert all((row.county, row.matched) in there and row.score == "100.0" for row in out[~right].itertuples())
    assert right.mean() > 0.999
    assert right.sum() / (survey["truth"] >= 0).sum() > 0.9
    assert "a spreadsheet turned" in ran.log
    assert len(out) + len(pd.read_csv(tmp_path / "u.csv", dtype=str)) == 30_000
