"""Translations in QGIS: the user's language where there is one, English everywhere else."""

import pytest
from regionwise.tools.make_translations import LANGUAGES, read_ts
from support import run_in_qgis, start_qgis_process

pytestmark = pytest.mark.qgis

TOLD = """
registry = QgsApplication.processingRegistry()
tool = registry.algorithmById("regionwise:mapcrops")
parcels = tool.parameterDefinition("PARCELS")
told = [tool.displayName(), tool.group(), tool.groupId(), tool.shortDescription(), parcels.description()]
print(json.dumps(told))
"""
ENGLISH = "Map crops"
GERMAN = "Kulturarten kartieren"
CHINESE = "作物制图"


@pytest.mark.parametrize(("system", "title"), [("de_AT.UTF-8", GERMAN), ("zh_CN", CHINESE), ("fr_FR.UTF-8", ENGLISH)])
def test_the_toolbox_speaks_the_language_of_the_system(system, title):
    assert run_in_qgis(TOLD, LANG=system)[0] == title


def test_the_choice_in_qgis_counts_before_the_system(tmp_path):
    shown = run_in_qgis(
        """
def title(override, locale):
    QgsSettings().setValue("locale/overrideFlag", override)
    QgsSettings().setValue("locale/userLocale", locale)
    plugin.unload()
    plugin.initProcessing()
    return QgsApplication.processingRegistry().algorithmById("regionwise:mapcrops").displayName()
print(json.dumps([title(True, "zh-Hans"), title(True, "en_US"), title(False, "zh-Hans"), title(True, "")]))
""",
        QGIS_CUSTOM_CONFIG_PATH=str(tmp_path),
        LANG="de_AT.UTF-8",
    )
    assert shown == [CHINESE, ENGLISH, GERMAN, GERMAN]


def test_every_way_to_write_a_locale_leads_to_its_language():
    expected = {
        "de": "de", "de_DE": "de", "de_AT": "de", "de-CH": "de", "de_DE.UTF-8": "de", "de_DE@euro": "de",
        "zh": "zh_Hans", "zh_CN": "zh_Hans", "zh-Hans": "zh_Hans", "zh_Hans_SG": "zh_Hans", "ZH_cn": "zh_Hans",
        "zh_TW": "", "zh-Hant": "", "zh_Hant_HK": "",
        "fr_FR": "fr", "C": "c", "": "",
    }  # fmt: skip
    found = run_in_qgis(f"""
from regionwise.algorithms.translation import language_of
print(json.dumps({{locale: language_of(locale) for locale in {list(expected)!r}}}))
""")
    assert found == expected


def test_groups_sentences_and_labels_are_translated_and_ids_are_not():
    _, group, group_id, sentence, parcels = run_in_qgis(TOLD, LANG="de_DE.UTF-8")
    assert (group, group_id, parcels) == ("Kulturarten", "crops", "Parzellen")
    assert sentence.startswith("Kartiert die Klasse jedes Pixels")


@pytest.mark.parametrize("language", LANGUAGES)
def test_qt_knows_every_translation_and_leaves_the_rest_in_english(language):
    messages = [message for message in read_ts(LANGUAGES[language]) if not message.vanished]
    assert any(not message.shown for message in messages)
    shown = run_in_qgis(
        f"""
from regionwise.algorithms.translation import tr
print(json.dumps([tr(text) for text in {[message.source for message in messages]!r}]))
""",
        LANG=language,
    )
    assert shown == [message.shown or message.source for message in messages]


def test_the_translator_goes_with_the_plugin():
    shown = run_in_qgis(
        """
from regionwise.algorithms.translation import tr
before = tr("Crops")
plugin.unload()
print(json.dumps([before, tr("Crops")]))
""",
        LANG="de_DE.UTF-8",
    )
    assert shown == ["Kulturarten", "Crops"]


def test_the_command_line_speaks_the_language_of_the_user():
    process = start_qgis_process("list", LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8")
    text, problems = process.communicate(timeout=120)
    assert process.returncode == 0, problems
    assert f"regionwise:mapcrops\t{GERMAN}" in text
