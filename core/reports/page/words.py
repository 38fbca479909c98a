"""Words: the field's terms that readers may not know, explained where they stand."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from .formats import MINUS

WORDS = {  # a pattern of each term, and what it means; where two begin at one place, the first stands
    r"90 % intervals?": "The true value lies inside 90 times of 100, if the samples are a fair part of what is asked "
    "about. Samples of one unit (a source, a block, a cluster) are no independent tests, so whole units are counted.",
    r"R²": "The share of the differences between places that is explained: 1 is perfect, 0 no better than one mean "
    "for all, below 0 worse than that. It is measured at the 1:1 line.",
    r"RMSE": "Root mean squared error: the usual size of an error, in the unit of what is told; large errors count "
    "more.",
    r"MAE": "Mean absolute error: the mean size of an error, in the unit of what is told.",
    r"bias": "The mean of predicted minus observed: above 0 too much is told.",
    r"(?:macro )?F1": "The balance of finding all of a class (recall) and being right when it is told (precision); 1 "
    "is perfect. The macro F1 is the mean over classes, rare ones count like common ones.",
    r"precision": "Of all places where a class or event is told, the share that has it.",
    r"recall": "Of all places that have a class or event, the share where it is told.",
    r"kappa": "Accuracy beyond what chance alone would reach; 1 is perfect, 0 chance.",
    r"AUC|ROC": "The chance that a place with an event is told a higher probability than one without: 1 is perfect, "
    "0.5 is chance (the area below the ROC curve).",
    r"average precision": "The mean precision over all thresholds; it is low where events are rare.",
    r"Brier score|brier": "The mean squared error of probabilities: 0 is perfect.",
    r"log loss": "The mean cost of probabilities: high where something was thought impossible and came true.",
    r"ece": "Expected calibration error: by how much probabilities differ from what came true, in the mean.",
    r"kNNDM": "Folds as far from each other as the map's cells are from the samples (k-fold nearest-neighbour distance "
    "matching, Linnenbrink et al. 2024).",
    r"out-of-fold": "By models that had not seen the sample.",
    r"folds?": "Parts of the samples that are held out in turn: what one fold says was not known to the model that is "
    "tested on it.",
    r"baselines?": "A simple method that needs no images or little thought, tested on the same samples.",
    r"skill": "The part of the other's error that is saved: 0 is no better, 1 without error, below 0 worse.",
    r"climatology": "Forecasting the mean of the years that were seen.",
    r"(?:damped )?persistence": "Forecasting that the last year comes again.",
    r"anomaly correlation": "How well departures from each cell's own mean are told: 1 is perfect, 0 chance.",
    r"CRPS": "Error of a whole distribution, in the unit of what is told; the smaller the better.",
    r"coverage": "The share of true values that lie inside the stated intervals.",
    r"conformal bands?": "Intervals whose width comes from errors on samples that were held out.",
    r"joint set": "An interval for all shares at once: all of them lie inside at its level.",
    r"probability integral transform": "Where the true value lies in the stated distribution, from 0 (below all of it) "
    "to 1; if distributions are right, every place is as likely.",
    r"concentrations?": "How sure a predicted composition is: the higher, the narrower its spread.",
    r"[Cc]alibrat(?:ion|ed|e)": "Whether a model is as sure as it may be: of places told 80 %, 80 of 100 should come "
    "true.",
    r"area of applicability": "Places that are no more unlike the samples than tested samples were: scores hold there "
    "(Meyer & Pebesma 2021).",
    r"dissimilarity": "How unlike a place is to all samples, by what the model looks at; 1 is the mean distance of two "
    "samples.",
    r"Moran's I": "How alike errors of neighbours are: near 0 as by chance, 1 the same.",
    r"variogram": "How different errors become with distance.",
    r"prevalence": "How common events are in the area, whatever their part among the samples.",
    r"Shapley values?|shapley": "What a factor adds to an answer, shared fairly among factors that tell the same.",
    r"logit|log odds": "Probability on a scale without ends: 0 is one half, +1 about 73 %, -1 about 27 %.",
    r"stack": "A weighted mixture of several models; weights come from samples that none of them had seen.",
    r"members?": "One of the models whose mean the map shows.",
    r"experts?": "A model of one region alone.",
    r"jackknife": "Computing a score anew without each unit, to see how much it hangs on any of them.",
    r"primary units?": "Areas that are drawn first; cells are then drawn in these alone.",
    r"strata|stratum": "Parts of the area in which samples are drawn separately.",
    r"standard errors?": "By how much an estimate would usually differ if the sample were drawn anew.",
    r"NDVI|EVI": "A vegetation index: higher where more is green.",
}
PATTERN = re.compile("|".join(rf"(?P<w{number}>(?<![\w-])(?:{word})(?![\w-]))" for number, word in enumerate(WORDS)))


SIGN = re.compile(r"(?<![\w-])-(?=\d)")
DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")  # browsers break lines at hyphens
JOINER = "\N{WORD JOINER}"


class Explained:
    """Marks terms in texts so that a click explains them: the first of each in a section, `forget` begins a new one."""

    def __init__(self) -> None:
        self.used: dict[str, tuple[str, str]] = {}  # the term as it first stood, and its meaning, by identifier
        self._here: set[str] = set()

    def forget(self) -> None:
        """Explain every term anew."""
        self._here.clear()

    def __call__(self, text: str) -> Markup:
        """`text` as HTML."""
        text = DATE.sub(rf"\1-{JOINER}\2-{JOINER}\3", SIGN.sub(MINUS, text))
        parts, end = [], 0
        for match in PATTERN.finditer(text):
            name = str(match.lastgroup)
            if name in self._here:
                continue
            self._here.add(name)
            self.used.setdefault(name, (match.group(), list(WORDS.values())[int(name[1:])]))
            parts += [
                escape(text[end : match.start()]),
                _button(name, match.group(), text[match.start() - 1 : match.start()]),
            ]
            end = match.end()
        return Markup("").join([*parts, escape(text[end:])])


def _button(name: str, term: str, before: str) -> Markup:
    """A term that explains itself; browsers break lines at buttons, which must not part it from a bracket."""
    joiner = JOINER if before.strip() else ""
    button = Markup('{}<button type="button" class="word" popovertarget="{}">{}</button>{}')
    return button.format(joiner, name, term, JOINER)
