"""A page of a report: formats of numbers, words that explain themselves, pictures that keep what they say."""

import re

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.reports import palette
from regionwise.core.reports.drawing import colour_map, single, write_cells
from regionwise.core.reports.map_frame import frame_of, sample_map, scale_bar, value_maps
from regionwise.core.reports.page.formats import Formats, label_of, measure_of, natural
from regionwise.core.reports.page.html_report import FOLDED_ROWS, HtmlReport
from regionwise.core.reports.page.pictures import Drawing, picture_of
from regionwise.core.reports.page.report_tables import TableSpec, shown_table
from regionwise.core.reports.page.verdict import CARE, NO, Answer, Verdict
from regionwise.core.reports.page.words import Explained

VERDICT = Verdict(
    [Answer("Can I use this map?", CARE, "It explains half.", "R² 0.553")], ["Add samples."], ["By rule."]
)


def report(*parts):
    """Return a report of one section, to which functions add their parts."""
    made = HtmlReport("Composition of villages", "211 samples", VERDICT)
    made.section("How good is it?")
    for part in parts:
        part(made)
    return made


def page_of(made, folder):
    """Return the text of a report."""
    made.write(str(folder / "r.html"))
    return (folder / "r.html").read_text(encoding="utf-8")


def table_of(rows, columns=(), **options):
    """Return a table as it is shown."""
    formats, columns = Formats(), list(columns or rows[0])
    for name in columns:
        formats.see(measure_of(name, columns), [row.get(name) for row in rows])
    return shown_table(TableSpec(rows, columns, options.get("marked", {}), options.get("level", 0.9), "t"), formats)


def test_bounds_become_one_column_of_the_measure_that_they_bound():
    rows = [
        {"model": "a", "rmse": 0.0302, "low": 0.02931, "high": 0.03108, "auc": 0.9, "auc_low": 0.85, "auc_high": 1.0}
    ]
    table = table_of(rows)
    assert table.header == ["model", "RMSE", "90 % interval", "AUC", "90 % interval"]
    assert table.rows == [["a", "0.0302", "0.0293 to 0.0311", "0.900", "0.850 to 1.000"]]
    assert table.kinds == ["text", "number", "number", "number", "number"]
    assert table_of(rows, level=0.95).header[2] == "95 % interval"


def test_what_is_not_bounded_is_a_dash():
    table = table_of([{"r2": 0.5, "low": None, "high": None}, {"r2": 0.4, "low": 0.1, "high": None}])
    assert [row[1] for row in table.rows] == ["–", "0.100 to –"]


@pytest.mark.parametrize(
    "value, text", [(None, "–"), (float("nan"), "–"), (True, "yes"), (2019, "2019"), (62256, "62,256"),
                    (-0.25, "−0.250"), (-1e-12, "0.000"), (float("inf"), "∞"), ((1, 2), "1, 2"), ({}, "–")]
)  # fmt: skip
def test_a_value_has_one_text(value, text):
    assert Formats()("r2", value) == text


def test_a_measure_has_the_same_decimals_in_all_tables_of_a_report(tmp_path):
    made = report(
        lambda r: r.table("First", [{"rmse": 0.01234, "area": 1234567.8}]),
        lambda r: r.table(
            "Second", [{"rmse": 0.4, "area": 3.25, "bias": 0.00012}, {"rmse": 0.0121, "area": 2e6, "bias": 0.1}]
        ),
    )
    cells = re.findall(r'<td class="number">(.*?)</td>', page_of(made, tmp_path))
    assert cells == ["0.0123", "1,234,568", "0.4000", "3", "0.0001", "0.0121", "2,000,000", "0.1000"]


def test_names_of_the_user_are_not_made_words():
    assert (label_of("F_NF"), label_of("skill_persistence"), label_of("r2")) == ("F_NF", "skill persistence", "R²")


def test_blocks_stand_in_natural_order():
    assert sorted(["block 10", "block 9", "block 1", "north"], key=natural) == [
        "block 1",
        "block 9",
        "block 10",
        "north",
    ]


def test_a_word_is_explained_where_it_first_stands_in_a_section():
    explained = Explained()
    assert str(explained("RMSE, then RMSE")).count("popovertarget") == 1
    assert "popovertarget" not in explained("RMSE again")
    explained.forget()
    assert "popovertarget" in explained("RMSE anew")
    assert "<" not in str(Explained()("a < b"))[:5] and "&lt;" in str(Explained()("a < b"))


def test_markup_in_names_is_text(tmp_path):
    made = report(lambda r: r.table("T", [{"<b>x": "<script>alert(1)</script>"}]), lambda r: r.text("<i>R²</i>"))
    page = page_of(made, tmp_path)
    assert "<script>" not in page and "<i>" not in page and "&lt;script&gt;" in page


def test_the_verdict_stands_first_and_says_what_to_do(tmp_path):
    page = page_of(report(lambda r: r.text("Text.")), tmp_path)
    places = [page.index(text) for text in ("Can I use this map?", "With care", "Add samples.", "How good is it?</h2>")]
    assert places == sorted(places)
    assert VERDICT.first_line == "Can I use this map? With care. It explains half."
    assert Answer("Q?", NO, "T.").line == "Q? No. T."


def test_long_tables_fold_and_empty_ones_are_left_out(tmp_path):
    rows = [{"row": i} for i in range(FOLDED_ROWS)]
    page = page_of(report(lambda r: r.table("Long", rows), lambda r: r.table("Empty", [])), tmp_path)
    assert f"<summary>Long ({FOLDED_ROWS} rows)</summary>" in page and "Empty" not in page
    short = page_of(report(lambda r: r.table("Short", rows[:3])), tmp_path)
    assert "<summary>Short" not in short and "<caption>Short</caption>" in short


def picture(title="A picture"):
    """Return the picture of a line with awkward ticks and names."""
    figure, axis = single(3, 2)
    axis.plot([0, 1], [0, 0.01])
    axis.set_yticks([0.0025, 0.0075], ["0.0025", "0.0075"])
    axis.set_title("<a> & b")
    axis.imshow(np.eye(2), extent=(0, 1, 0, 0.01), aspect="auto")
    return picture_of(title, Drawing(figure, 'A line "rises".'))


def test_a_picture_keeps_its_numbers_and_follows_the_ink_of_the_page():
    svg = str(picture().svg)
    assert ">0.0025<" in svg and ">0.0075<" in svg
    assert "currentColor" in svg and palette.INK not in svg
    assert "&lt;a&gt; &amp; b" in svg
    assert 'aria-label="A picture. A line &#34;rises&#34;."' in svg
    assert "font-family" not in svg and "<style" not in svg and "metadata" not in svg


def test_pictures_of_a_page_share_no_names():
    first, second = (set(re.findall(r' id="(.*?)"', str(picture(title).svg))) for title in ("A", "B"))
    assert first and second and not first & second


def test_pictures_are_written_as_svg_and_png_and_repeat(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        picture("R² by fold: knndm").write(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["r2_by_fold__knndm.png", "r2_by_fold__knndm.svg"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_maps_of_thousands_of_samples_stay_small():
    rng = np.random.default_rng(0)
    grid = Grid(CRS.from_epsg(32648), Affine(90, 0, 0, 0, -90, 90_000), 1000, 1000)
    xy = rng.uniform(0, 90_000, (3000, 2))
    frame = frame_of(grid, xy)
    names = ("a", "b", "c", "d", "e")
    maps = [
        value_maps(frame, xy, rng.normal(size=(3000, 5)), names, "difference", palette.DIFFERENCE),
        sample_map(frame, xy, rng.integers(-1, 5, 3000), names, "fold"),
    ]
    assert all(len(picture_of("T", drawing).svg) < 700_000 for drawing in maps)


def test_a_map_frame_is_the_raster_or_what_samples_span_and_knows_metres():
    grid = Grid(CRS.from_epsg(4326), Affine(0.01, 0, 10, 0, -0.01, 60), 1000, 1000)
    wide = frame_of(grid, np.array([[10.5, 59.0], [19.0, 51.0]]))
    near = frame_of(grid, np.array([[10.5, 59.0], [10.6, 58.9]]))
    assert wide.extent[0] < 10 and wide.extent[1] > 20 and near.extent[1] < 11
    assert wide.metres[1] == pytest.approx(111_320) and wide.metres[0] == pytest.approx(
        111_320 * np.cos(np.pi * 55 / 180)
    )
    assert wide.shape == pytest.approx(1 / np.cos(np.pi * 55 / 180), rel=1e-6)


@pytest.mark.parametrize(
    "width, length, name",
    [(1000, 200, "200 m"), (10_000, 2000, "2 km"), (7_000_000, 2_000_000, "2000 km"), (3.4, 1, "1 m")],
)
def test_scale_bars_are_round(width, length, name):
    assert scale_bar(width) == (length, name)


def test_contrast_is_that_of_the_guidelines():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [palette.SHARE, palette.DOUBT, palette.PROBABILITY, palette.DIFFERENCE])
def test_text_on_cells_can_be_read_on_every_colour(colours):
    axis = single(4, 2)[1]
    table = np.linspace(0, 1, 40)[None]
    image = axis.imshow(table, cmap=colour_map(colours), vmin=0, vmax=1)
    write_cells(axis, table, image)
    for text, place in zip(axis.texts, table[0], strict=True):
        assert palette.contrast(text.get_color(), palette.ramp(colours, float(place))) >= 4.5


@pytest.mark.parametrize("colours", [palette.SHARE, palette.DOUBT, palette.PROBABILITY])
def test_ramps_darken_steadily(colours):
    steps = [palette.luminance(palette.ramp(colours, place)) for place in np.linspace(0, 1, 21)]
    assert (np.diff(steps) < 0).all()


def test_diverging_ramps_are_lightest_in_their_middle():
    for colours in (palette.DIFFERENCE, palette.CLASSES_ORDERED):
        steps = [palette.luminance(palette.ramp(colours, place)) for place in np.linspace(0, 1, 21)]
        assert int(np.argmax(steps)) == 10
    assert palette.luminance(palette.ramp(palette.SHARE, -1)) == palette.luminance(palette.SHARE[0])


# how people see who lack one kind of cone: Viénot, Brettel & Mollon 1999, on linear RGB
LACKING = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.mark.parametrize("lacking", LACKING)
@pytest.mark.parametrize(
    "colours", [palette.CATEGORIES[:6], palette.CLASSES_ORDERED, (palette.INSIDE, palette.OUTSIDE)]
)
def test_colours_can_be_told_apart_by_colour_blind_eyes(lacking, colours):
    linear = np.array([[(int(c[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)] for c in colours])
    seen = np.clip(linear @ np.array(LACKING[lacking]).T, 0, 1) ** (1 / 2.2)
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2)[~np.eye(len(colours), dtype=bool)]
    assert distance.min() > 0.14
