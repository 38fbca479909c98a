"""Translations: every text is in the files of i18n/, what is shown first is translated, and nothing gets lost."""

from __future__ import annotations

import pytest
from regionwise.tools import make_translations, make_zip
from regionwise.tools.make_translations import GROUP, LANGUAGES, SUMMARY, TITLE, Message, merged, placeholders, read_ts
from support import ROOT

FIRST = {TITLE, SUMMARY, GROUP}  # what the toolbox shows


@pytest.fixture(params=LANGUAGES)
def path(request):
    return LANGUAGES[request.param]


@pytest.fixture
def translated(path):
    return [message for message in read_ts(path) if message.shown]


def test_the_files_hold_the_texts_of_today(path):
    assert path.read_bytes() == make_translations.wanted(path), "Run ./dev i18n."


def test_every_text_can_be_told_from_the_code():
    assert not make_translations.unreadable()


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ('tr("Cancelled.")', True),
        ('WORD = "Cancelled."\ntr(WORD)', True),
        ("A, B = 'one', 'two'\ntr(B)", True),
        ('tr(f"{count} cells")', False),
        ('tr("{} cells".format(count))', False),
        ('tr("cells: " + str(count))', False),
        ("tr(card.title)", False),
    ],
)
def test_a_text_that_is_put_together_before_it_is_translated_is_told(tmp_path, code, known):
    (tmp_path / "gui").mkdir()
    (tmp_path / "plugin.py").write_text("")
    (tmp_path / "gui" / "panel.py").write_text(code)
    found = make_translations.unreadable(tmp_path)
    assert not found if known else found[0].startswith(f"gui/panel.py:{code.count(chr(10)) + 1}: tr(")


def test_no_exception_for_a_call_is_left_over():
    calls = {(name, make_translations.ast.unparse(call.args[0])) for name, call, _ in make_translations._calls(ROOT)}
    allowed = {(name, text) for name, texts in make_translations.DECLARED.items() for text in texts}
    assert allowed <= calls


def test_what_the_toolbox_shows_is_collected():
    notes = make_translations.collect()
    assert TITLE in notes["Train crops"]
    assert GROUP in notes["Crops"]
    assert make_translations.LABEL in notes["Cell size (m)"]
    assert notes["Sample project: an area with its error"] == make_translations.TEXT  # from a table
    assert notes["A DEM, other factors, and an inventory of landslides."] == make_translations.TEXT
    assert notes["Truth (simulated)"] == make_translations.TEXT  # by the name of a constant
    assert notes["'{file}' cannot be written ({reason})."] == make_translations.TEXT
    assert sum(TITLE in note.split("; ") for note in notes.values()) == len(list((ROOT / "help").glob("*.md")))


def test_titles_first_sentences_and_groups_are_translated(path):
    missing = [
        message.source
        for message in read_ts(path)
        if FIRST & set(message.note.split("; ")) and message.shown in ("", message.source)
    ]
    assert not missing


def test_two_tools_never_share_a_translated_title(translated):
    titles = [message.translation for message in translated if TITLE in message.note]
    assert len(titles) == len(set(titles))


def test_a_translation_has_the_placeholders_of_its_text(translated):
    for message in translated:
        assert placeholders(message.translation) == placeholders(message.source), message.source


def test_a_translation_is_a_sentence_where_its_text_is_one(translated):
    for message in translated:
        assert message.translation == message.translation.strip()
        assert message.translation.endswith((".", "。", "…")) == message.source.endswith("."), message.source


def test_units_of_labels_are_kept(translated):
    for message in translated:
        if message.source.endswith(" (m)"):
            assert message.translation.endswith(" (m)"), message.source


def test_qt_reads_what_the_translators_wrote(path, translated):
    """Qt's file holds translations as UTF-16; `./dev i18n --check` compares it as a whole."""
    compiled = path.with_suffix(".qm").read_bytes()
    missing = [m.source for m in translated if m.translation.encode("utf-16-be") not in compiled]
    assert not missing, "Run ./dev i18n."


def test_the_archive_brings_what_qt_reads_and_nothing_else(path):
    assert "i18n" in make_zip.FOLDERS
    assert path.suffix in make_zip.LEFT_OUT
    assert ".qm" not in make_zip.LEFT_OUT


def test_a_text_that_goes_keeps_its_translation_until_it_comes_back():
    old = [Message("Mask", "Label", "Maske"), Message("Cost", "Label")]
    gone = merged({"Area": "Label"}, old)
    assert gone == [Message("Area", "Label"), Message("Mask", "Label", "Maske", vanished=True)]
    back = merged({"Area": "Label", "Mask": "Text"}, gone)
    assert back == [Message("Area", "Label"), Message("Mask", "Text", "Maske")]


def test_a_file_is_read_as_it_was_written(tmp_path):
    messages = [
        Message("a < b & 'c'", "Text", 'ä > "ö"'),
        Message("later", "Text"),
        Message("unsure", "Text", "unsicher", draft=True),
        Message("old", "Text", "alt", vanished=True),
    ]
    (tmp_path / "a.ts").write_text(make_translations.as_ts("de", messages), encoding="utf-8")
    assert read_ts(tmp_path / "a.ts") == messages
