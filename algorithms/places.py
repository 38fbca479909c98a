"""Match and classify places: official codes and classes for names."""

from __future__ import annotations

from ..core.tools.preparation.params import PlaceClassification, PlaceMatching
from .base import EngineAlgorithm


class MatchPlaces(EngineAlgorithm):
    """Parameters of `regionwise:matchplaces`."""

    NAME = "matchplaces"
    TITLE = "Match places"
    GROUP = "Preparation"
    PARAMS = PlaceMatching
    SUMMARY = "Finds the official code of each place by its name within its county, then within its city."
    HELP = """
<h3>When</h3><p>Survey or census tables name places in words, and their spelling differs from the official list.</p>
<h3>Inputs</h3><p>Two tables (CSV in UTF-8 or GB18030, or any layer) with names and codes of the county. Rounds:
<b>exact</b>: the same name in the same county; <b>county</b>: the same name without its suffix (town, street office)
in the county; <b>city</b>: the same in the city; <b>fuzzy</b>, if a threshold is given: the most similar name of the
county. Codes that a spreadsheet spoiled are recognised: 6.20102E+11 still tells the county (its first six digits),
which is used with a notice, but not the place, which is refused; a trailing .0 is dropped.</p>
<h3>Outputs</h3><p>The matched rows with <i>code</i>, <i>round</i>, <i>score</i> (similarity, 100 is equal) and
<i>matched</i> (the official name); the others with the <i>reason</i> and the <i>candidates</i>. A name that several
official places bear is reported, never guessed.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:matchplaces -- INPUT=survey.csv NAME_FIELD=town COUNTY_FIELD=county
REFERENCE=official.csv REFERENCE_NAME_FIELD=name REFERENCE_CODE_FIELD=code REFERENCE_COUNTY_FIELD=county
OUTPUT=matched.csv UNMATCHED=unmatched.csv</code></p>
<h3>Limits</h3><p>A place with a wrong county whose name exists there cannot be told from a right one. Fuzzy matches
are marked: look at them.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Places", "Table or layer with names and codes of counties.")
        self.add_field("NAME_FIELD", "Name field", "INPUT", "The place's name.")
        self.add_field("COUNTY_FIELD", "County field", "INPUT", "Code of the county.")
        self.add_field(
            "CITY_FIELD", "City field", "INPUT", "Code of the city. Empty: the start of the county's code.",
            optional=True,
        )  # fmt: skip
        self.add_layer("REFERENCE", "Official places", "Table or layer with official names and codes.")
        self.add_field("REFERENCE_NAME_FIELD", "Official name field", "REFERENCE", "The official name.")
        self.add_field("REFERENCE_CODE_FIELD", "Official code field", "REFERENCE", "The code to find.")
        self.add_field("REFERENCE_COUNTY_FIELD", "Official county field", "REFERENCE", "Code of the county.")
        self.add_field(
            "REFERENCE_CITY_FIELD", "Official city field", "REFERENCE",
            "Code of the city. Empty: the start of the county's code.",
            optional=True,
        )  # fmt: skip
        self.add_integer("COUNTY_DIGITS", "County digits", 0, "Digits of a county's code; 0: the whole code.")
        self.add_integer("CITY_DIGITS", "City digits", 0, "Digits of a city's code; 0: the whole code.")
        self.add_file(
            "RULES", "Suffix rules", "csv",
            "Table with a column 'suffix', tried in order. Empty: those of Chinese townships "
            "(resources/place_suffixes.csv, to copy and edit).",
            optional=True, advanced=True,
        )  # fmt: skip
        self.add_real(
            "THRESHOLD", "Fuzzy threshold", 0,
            "Least similarity in the fuzzy round, up to 100; 0: no fuzzy round.",
            advanced=False,
        )  # fmt: skip
        self.add_layer_output("OUTPUT", "Matched places", "Matched rows with code, round and score.")
        self.add_layer_output("UNMATCHED", "Unmatched places", "The other rows with the reason.", optional=True)
        self.add_number("MATCHED_COUNT", "Matched places")
        self.add_number("UNMATCHED_COUNT", "Unmatched places")


class ClassifyPlaces(EngineAlgorithm):
    """Parameters of `regionwise:classifyplaces`."""

    NAME = "classifyplaces"
    TITLE = "Classify places"
    GROUP = "Preparation"
    PARAMS = PlaceClassification
    SUMMARY = "Gives each place a class by keywords in its name, for example rural or urban."
    HELP = """
<h3>When</h3><p>A place's name tells its kind, and the kind is wanted as a feature or a filter.</p>
<h3>Inputs</h3><p>A table or layer with a field of names. Rules: a CSV table with the columns <i>class</i>,
<i>contains</i> (a keyword), <i>also</i> and <i>without</i> (further keywords, separated by blanks, that the name must
or must not hold); the first rule that fits decides. Built in: Chinese townships, 0 rural and 1 urban
(resources/place_classes.csv, to copy and edit).</p>
<h3>Outputs</h3><p>All rows with <i>class</i> and the deciding <i>keyword</i>; both are empty where no rule fits.
Undecided: those rows alone.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:classifyplaces -- INPUT=towns.csv FIELD=name OUTPUT=classes.csv
</code></p>
<h3>Limits</h3><p>A name is not the place: a town may be rural. Look at the undecided rows and set them by hand.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Places", "Table or layer with names.")
        self.add_field("FIELD", "Name field", "INPUT", "The name that the keywords are searched in.")
        self.add_file("RULES", "Rules", "csv", "Table of rules. Empty: those built in.", optional=True)
        self.add_layer_output("OUTPUT", "Classified places", "All rows with class and keyword.")
        self.add_layer_output("UNDECIDED", "Undecided places", "Rows that no rule decides.", optional=True)
        self.add_number("UNDECIDED_COUNT", "Undecided places")
