"""Links of all documents lead somewhere, pages stand in the site, and the site shows what the tools declare."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from documents import anchors, broken_links, documents
from support import ROOT

NAMES = [path.relative_to(ROOT).as_posix() for path in documents()]


@pytest.mark.parametrize("name", NAMES)
def test_links_within_the_documents_lead_somewhere(name):
    assert broken_links(ROOT / name) == []


def test_broken_links_are_found():
    page = ROOT / "docs" / "honesty.md"
    text = "[a](nowhere.md) [b](areas.md#nothing) ![c](no.png) [d](#gone) [e](areas.md#which-estimator) `[f](code.md)`"
    assert broken_links(page, text) == ["nowhere.md", "areas.md#nothing", "no.png", "#gone"]


def test_headings_have_the_anchors_of_the_site():
    text = "# One, two: `three`\n## The [link](x.md) - R² of 90 %\n```\n# no heading\n```\n## One, two: three\n"
    assert anchors(text) == {"one-two-three", "the-link-r2-of-90", "one-two-three_1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder with what mkdocs would read, made of a copy of the documents."""
    folder = tmp_path_factory.mktemp("site")
    for name in (*NAMES, "mkdocs.yml", "metadata.txt", "resources/icon.svg", "tests/interface.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for path in (ROOT / "docs").rglob("*"):
        if path.is_file() and path.suffix != ".md":
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    for name in ("LICENSE", "tools/make_docs.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "build").mkdir()
    subprocess.run([sys.executable, str(folder / "tools" / "make_docs.py")], check=True)
    return folder / "build"


def test_every_page_of_the_site_links_to_pages_of_the_site(site):
    pages = sorted((site / "docs-src").rglob("*.md"))
    assert len(pages) == len(NAMES) + 1  # and the page of tags
    assert {str(page): broken_links(page) for page in pages if broken_links(page)} == {}


def test_every_page_stands_in_the_navigation_once(site):
    listed = re.findall(r"([\w./-]+\.md)$", (site / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    pages = [path.relative_to(site / "docs-src").as_posix() for path in (site / "docs-src").rglob("*.md")]
    assert sorted(listed) == sorted(pages)


def test_the_page_of_a_tool_is_its_help_with_all_of_its_parameters(site):
    tools = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
    for tool, declared in tools.items():
        page = (site / "docs-src" / "reference" / f"{tool}.md").read_text(encoding="utf-8")
        assert "## What for" in page
        assert f"`regionwise:{tool}`" in page
        for name in (*declared["parameters"], *declared["outputs"]):
            assert f"| `{name}` |" in page, (tool, name)


def test_parameters_tell_unit_bounds_choices_and_default(site):
    page = (site / "docs-src" / "reference" / "traincrops.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", page, re.MULTILINE))
    assert "number, m, at least 0" in rows["BUFFER"] and "not set" in rows["BUFFER"]
    assert "`boosting`" in rows["MODEL_TYPE"]
    assert "field of `SAMPLES`" in rows["CLASS_FIELD"]
    assert (
        page.index("### Inputs") < page.index("`SAMPLES`") < page.index("### Advanced inputs") < page.index("`EPOCHS`")
    )


def test_tools_are_listed_in_the_groups_of_the_toolbox():
    tools = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
    _, *groups = re.split(r"^## ", (ROOT / "docs" / "reference.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    listed = {name: part.split("\n")[0] for part in groups for name in re.findall(r"\(\.\./help/(\w+)\.md\)", part)}
    assert {name: listed.get(name) for name in tools} == {name: tool["group"] for name, tool in tools.items()}


def test_menus_named_in_the_documents_lead_to_tools():
    tools = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8")).values()
    places = {(tool["group"], tool["title"]) for tool in tools}
    for path in documents():
        text = " ".join(path.read_text(encoding="utf-8").split())
        for group, title in re.findall(r"\*Regionwise > (\w+) > ([^*>]+)\*", text):
            assert (group, title) in places, (path.name, group, title)


def test_commands_of_the_documents_name_parameters_that_exist():
    """Those on real data, too, which no test runs; qgis_process takes unknown names without a word."""
    tools = json.loads((ROOT / "tests" / "interface.json").read_text(encoding="utf-8"))
    named = 0
    for path in documents():
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for block in re.findall(r"<!-- (?:tested|real) -->\n```bash\n(.*?)```", text, re.DOTALL):
            for tool, words in re.findall(r"^qgis_process run regionwise:(\w+) -- (.*)$", block, re.MULTILINE):
                names = {word.partition("=")[0] for word in shlex.split(words) if "=" in word}
                assert names <= set(tools[tool]["parameters"]), (path.name, tool)
                named += len(names)
    assert named > 200
