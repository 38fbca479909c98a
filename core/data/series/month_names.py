"""Month names: what the months are called in the languages of those who name files, in full and short."""

from __future__ import annotations

import re
import unicodedata

# twelve months of a language; the full name, other forms of it, and short ones
LANGUAGES = {
    "English": "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|"
    "october oct|november nov|december dec",
    "German": "januar jänner jan|februar feber feb|märz maerz mär mrz|april apr|mai|juni jun|juli jul|august aug|"
    "september sep sept|oktober okt|november nov|dezember dez",
    "French": "janvier janv|février févr fév|mars|avril avr|mai|juin|juillet juil|août aoû|septembre sept|octobre oct|"
    "novembre nov|décembre déc",
    "Spanish": "enero ene|febrero feb|marzo mar|abril abr|mayo may|junio jun|julio jul|agosto ago|"
    "septiembre setiembre sep sept set|octubre oct|noviembre nov|diciembre dic",
    "Portuguese": "janeiro jan|fevereiro fev|março mar|abril abr|maio mai|junho jun|julho jul|agosto ago|"
    "setembro set|outubro out|novembro nov|dezembro dez",
    "Italian": "gennaio gen|febbraio feb|marzo mar|aprile apr|maggio mag|giugno giu|luglio lug|agosto ago|"
    "settembre set sett|ottobre ott|novembre nov|dicembre dic",
    "Dutch": "januari jan|februari feb|maart mrt|april apr|mei|juni jun|juli jul|augustus aug|september sep sept|"
    "oktober okt|november nov|december dec",
    "Polish": "styczeń stycznia sty|luty lutego lut|marzec marca mar|kwiecień kwietnia kwi|maj maja|"
    "czerwiec czerwca cze|lipiec lipca lip|sierpień sierpnia sie|wrzesień września wrz|październik października paź|"
    "listopad listopada lis|grudzień grudnia gru",
    "Russian": "январь января янв|февраль февраля фев февр|март марта мар|апрель апреля апр|май мая|июнь июня июн|"
    "июль июля июл|август августа авг|сентябрь сентября сен сент|октябрь октября окт|ноябрь ноября ноя нояб|"
    "декабрь декабря дек",
    "Indonesian": "januari jan|februari pebruari feb|maret mar|april apr|mei|juni jun|juli jul|agustus agu agt ags|"
    "september sep|oktober okt|november nopember nov nop|desember des",
    "Swedish, Danish, Norwegian": "januari januar|februari februar|mars marts|april|maj mai|juni|juli|augusti|"
    "september|oktober|november|december desember",
    "Chinese": "一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
}
# short ones that are as likely another word of a name: the sea, a set, an output, a look-up table, a magnitude
ORDINARY_WORDS = (
    "mar|mars|may|mai|mei|maj|maja|set|sept|sett|sep|out|gen|mag|lut|lip|lis|sie|sty|des|dec|dic|ago|cze|gru|kwi"
)


def folded(text: str) -> str:
    """`text` in small letters without accents, a letter for each of it."""
    return "".join(unicodedata.normalize("NFKD", letter.lower())[0] for letter in text)


MONTH_OF = {
    folded(name): number
    for months in LANGUAGES.values()
    for number, names in enumerate(months.split("|"), 1)
    for name in names.split()
}
ORDINARY = frozenset(ORDINARY_WORDS.split("|"))
LETTER = r"[^\W\d_]"
# the longer name first, and no letter beside it: `mar` is no month in `margin`
MONTH = rf"(?<!{LETTER})(?P<word>{'|'.join(sorted(MONTH_OF, key=len, reverse=True))})(?!{LETTER})"
PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")


def months_in(word: str) -> list[str]:
    """The names of months that `word` is, or is put together from: ``NDVIJan`` holds one, ``margin`` none."""
    pieces = [folded(word), *(folded(piece) for piece in PIECE.findall(word))]
    return [piece for piece in dict.fromkeys(pieces) if piece in MONTH_OF]
