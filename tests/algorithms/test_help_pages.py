"""Help pages: their Markdown becomes HTML and text as it should, and every page of help/ is complete."""

import html as markup
import json
import re
import shlex
from html.parser import HTMLParser

import pytest
from regionwise.algorithms.help_pages import COLUMNS, FOLDER, html, page, plain
from support import ROOT

PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
INTERFACE = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
INLINE = {"b", "i", "code", "a"}
SECTIONS = ["What for", "When not", "Inputs", "Outputs", "Example", "Limits"]
GROUPS = ("composition", "abundance", "crops", "susceptibility", "forecast", "preparation", "evaluation", "engine")
SEARCHES = """
land cover, classification, random forest, unmixing, accuracy, area, time series, deep learning, landslide, ndvi,
poverty, livelihood, confusion matrix, sample size, hectares, change detection, crop type, neural network, forecast,
drought, cloud, sentinel-2, landsat, modis, slope, dem, uncertainty, cross-validation, boosting, xgboost, machine
learning, vegetation index, survey, night lights, segmentation, mask, zonal statistics, install, gpu, example data,
tutorial
"""
MARKDOWN = """Values < 5 & *slanted* or **bold *both* ways**.

## Heading of `code_name`

- one, over
  two lines
- [Other tool](other.md), [web](https://example.org/a?b=1&c=2)

### Smaller

| name | text |
|---|---|
| `a*b*` | 2 * 3 * 4 |

```bash
run A \\
    "B=<c>"

# **end**
```
"""


def text_of(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def prose_of(name):
    """A page's Markdown without fenced and inline code and without the targets of links."""
    body = re.sub(r"^```.*?^```$", "", text_of(name).split("---\n", 2)[2], flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`|(?<=\])\([^)]*\)", "", body)


def test_html_of_each_form():
    assert html(MARKDOWN, "https://help.org/{name}/").splitlines()[:4] == [
        "<p>Values &lt; 5 &amp; <i>slanted</i> or <b>bold <i>both</i> ways</b>.</p>",
        "<h3>Heading of <code>code_name</code></h3>",
        '<ul><li>one, over two lines</li><li><a href="https://help.org/other/">Other tool</a>, '
        '<a href="https://example.org/a?b=1&amp;c=2">web</a></li></ul>',
        "<h4>Smaller</h4>",
    ]
    assert html(MARKDOWN).split("<h4>Smaller</h4>\n")[1] == (
        '<table border="1" cellspacing="0" cellpadding="3"><tr><th>name</th><th>text</th></tr>'
        "<tr><td><code>a*b*</code></td><td>2 * 3 * 4</td></tr></table>\n"
        '<pre style="white-space: pre-wrap">run A \\\n    &quot;B=&lt;c&gt;&quot;\n\n# **end**</pre>'
    )


def test_links_that_lead_nowhere_are_text():
    assert html("[Other](other.md) [bad](javascript:x) [file](../docs/a.md)") == "<p>Other bad file</p>"


def test_text_of_each_form():
    assert plain(MARKDOWN) == "\n\n".join([
        "Values < 5 & slanted or bold both ways.",
        "HEADING OF CODE_NAME",
        "- one, over two lines\n- Other tool, web (https://example.org/a?b=1&c=2)",
        "Smaller\n-------",
        "name  text\na*b*  2 * 3 * 4",
        '    run A \\\n        "B=<c>"\n\n    # **end**',
    ])  # fmt: skip


def test_text_is_wrapped_with_hanging_indents():
    lines = plain("- " + "word " * 50).splitlines()
    assert [len(line) <= COLUMNS for line in lines] == [True] * 3
    assert [line[:6] for line in lines] == ["- word", "  word", "  word"]


def test_a_page_is_read_in_its_parts():
    found = page("checkengine")
    assert found.title == "Check engine"
    assert found.summary.startswith("Shows which engine is used")
    assert "troubleshooting" in found.tags
    assert found.text.startswith("## What for\n")


def test_every_tool_and_model_has_a_page():
    assert set(PAGES) == set(INTERFACE)


def test_titles_are_unique_and_short():
    titles = [page(name).title for name in PAGES]
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if not re.fullmatch(r"[A-Z][\w':, ]{5,47}", title)] == []


def test_every_search_finds_a_page():
    tags = {tag for name in PAGES for tag in page(name).tags}
    assert [search for search in " ".join(SEARCHES.split()).split(", ") if search not in tags] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_complete(name):
    found = page(name)
    assert 6 <= len(set(found.tags)) == len(found.tags) <= 15
    assert all(tag == tag.lower() for tag in found.tags)
    assert len(found.summary) <= 140
    assert re.fullmatch(r"[A-Z][^.]*\.", found.summary)
    headings = re.findall(r"^## (.+)$", found.text, re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS
    assert headings[:3] == SECTIONS[:3]
    assert headings[-2:] == SECTIONS[-2:]
    sections = re.split(r"^## .+\n", found.text, flags=re.MULTILINE)[1:]
    assert all(section.strip() for section in sections)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_only_the_allowed_forms(name):
    prose = prose_of(name)
    assert re.findall(r"[<~^\\]|!\[|^ +- |^\d+\. |^ *[*+>] |^#{4,}|^ {4}", prose, re.MULTILINE) == []
    assert re.findall(r"(?<!\w)_|_(?!\w)", prose) == []  # outside of code it may mean emphasis
    # MkDocs takes a list or a table for part of a paragraph unless an empty line stands before it
    assert re.findall(r"^(?!- |  |\n|\|).+\n(?:- |\|)", prose, re.MULTILINE) == []
    assert all(len(line) <= 120 for line in text_of(name).splitlines())


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages(name):
    assert [to for to in re.findall(r"\]\((.+?)\)", text_of(name)) if to.removesuffix(".md") not in PAGES] == []


@pytest.mark.parametrize("name", PAGES)
def test_names_of_links_are_titles(name):
    links = re.findall(r"\[([^\]]+)\]\((\w+)\.md\)", page(name).text)
    assert [
        (" ".join(text.split()), page(to).title) for text, to in links if " ".join(text.split()) != page(to).title
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_example_runs_this_tool_with_parameters_that_exist(name):
    commands = re.findall(r"```bash\n(.*?)```", page(name).text.split("## Example\n")[1], re.DOTALL)
    assert commands
    for command in commands:
        program, verb, tool, dashes, *given = shlex.split(command.replace("\\\n", " "))
        assert (program, verb, tool, dashes) == ("qgis_process", "run", f"regionwise:{name}", "--")
        names = {item.split("=")[0] for item in given}
        assert names
        assert names <= set(INTERFACE[name]["parameters"])


class Tags(HTMLParser):
    """Collects tags, and holds that each is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.text += "" if tag in INLINE else " "

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", PAGES)
def test_html_of_a_page_is_well_formed_and_says_the_same(name):
    parser = Tags()
    parser.feed(html(page(name).text, "https://help.org/{name}/"))
    assert parser.open == []
    assert parser.seen <= {"h3", "h4", "p", "ul", "li", "b", "i", "code", "pre", "table", "tr", "th", "td", "a"}
    words = re.findall(r"\w+", plain(page(name).text))
    assert [word.lower() for word in re.findall(r"\w+", parser.text)] == [word.lower() for word in words]


@pytest.mark.parametrize("name", PAGES)
def test_text_of_a_page_holds_no_markup(name):
    lines = [line for line in plain(page(name).text).splitlines() if not line.startswith("    ")]
    assert [line for line in lines if re.search(r"\*\*|`|\]\(|^#|\*\w|</?\w+>", line)] == []
    assert [line for line in lines if len(line) > COLUMNS] == []
    assert markup.unescape("\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_has_an_icon_in_colours_of_the_palette(group):
    from regionwise.core.reports import palette

    text = (ROOT / "resources" / "icons" / f"{group}.svg").read_text(encoding="utf-8")
    known = {*palette.CATEGORIES, *palette.SHARE, *palette.GROUND, *palette.INDEX, palette.QUIET, "#ffffff"}
    assert 'viewBox="0 0 24 24"' in text
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", text)) <= known
