"""Product names: where satellites' products and granules, and services that sell or cut them, write the acquisition.

All expressions are searched in small letters. What they match is the id up to its end, as far as it differs from
image to image: tile, orbit, time, version and date of processing tell no band.
"""

from __future__ import annotations

YEAR4 = r"(?:1[89]|2[01])\d\d"
DAY = rf"(?P<year>{YEAR4})(?P<month>\d\d)(?P<day>\d\d)"
ORDINAL = rf"(?P<year>{YEAR4})(?P<doy>\d\d\d)"
STAMP = r"\d{8}t\d{6}"
ALONE = r"(?<![a-z0-9])"

LANDSAT = (
    # sensor and level, path and row, then acquisition; the date after it is that of processing
    rf"{ALONE}l[cotem]\d\d_(?:(?:[a-z0-9]{{4}}|cu|ak|hi)_)?\d{{6}}_{DAY}(?:_\d{{8}}_c?\d\d_(?:[tr][12t]|v\d\d))?(?!\d)",
    rf"{ALONE}l[cotem]\d\d{{6}}{ORDINAL}[a-z]{{3}}\d\d",  # before the collections
    rf"{ALONE}l[cotem]\d\d\d{{6}}{DAY}\d\d(?:[tr][12t])?(?:-sc\d{{14}})?(?!\d)",  # orders on demand (ESPA)
)
SENTINEL = (
    rf"{ALONE}s2[a-d]_msil\d[a-c]_{DAY}t\d{{6}}_n\d{{4}}_r\d{{3}}_t\w{{5}}_{STAMP}",
    rf"{ALONE}s2[a-d]_oper_prd_\w+?_{STAMP}_r\d{{3}}_v{DAY}t\d{{6}}_{STAMP}",  # the first date is of processing
    rf"{ALONE}s1[a-d]_\w\w_\w{{4}}_\w{{4}}_{DAY}t\d{{6}}_{STAMP}_\d{{6}}_[0-9a-f]{{6}}(?:_[0-9a-f]{{4}}(?![a-z0-9]))?",
    rf"{ALONE}s3[a-d]_\w\w_\d_\w{{6}}_{DAY}t\d{{6}}_{STAMP}_{STAMP}(?:_\d{{4}}_\d{{3}}_\d{{3}}_\w{{4}})?",
    rf"{ALONE}s5p_\w+?_{DAY}t\d{{6}}_{STAMP}(?:_\d{{5}}_\d\d_\d{{6}}_{STAMP})?",
    rf"{ALONE}sentinel2[a-d]_{DAY}-\d{{6}}-\d{{3}}_l\w\w_t\w{{5}}_\w(?:_v\d-\d)?",  # Theia
    rf"(?<!\d){DAY}t\d{{6}}_{STAMP}_t\d\d[a-z]{{3}}(?![a-z0-9])",  # Earth Engine
    rf"{ALONE}l\d[a-c]_t\d\d[a-z]{{3}}_a\d{{6}}_{DAY}t\d{{6}}",
    rf"{ALONE}t\d\d[a-z]{{3}}_{DAY}t\d{{6}}",  # files of a granule start with the tile
    rf"{ALONE}s[123][a-d]_(?!oper)\w*?{DAY}t\d{{6}}(?:_{STAMP})*",
)
OTHERS = (
    # bands of the same number differ between S30 and L30, so these words stay
    rf"(?<=hls[._][ls]30[._])t\d\d[a-z]{{3}}[._]{ORDINAL}t\d{{6}}(?:[._]v\d[._]\d)?",
    rf"(?<![0-9a-z]){DAY}_\d{{6}}_(?:\d\d_)?(?:[0-9a-f]{{4}}|ssc\d+)(?=_|$)",  # Planet
    # MODIS, VIIRS: day, perhaps time and tile, version and time of production
    rf"{ALONE}a{ORDINAL}(?:[._]\d{{4}}(?=[._]\d{{3}}[._]))?(?:[._]h\d\dv\d\d)?"
    rf"(?:[._]\d{{3}}(?![0-9a-z])(?:[._]\d{{13}})?)?(?!\d)",
    rf"(?<![a-z])doy{ORDINAL}(?:\d{{4}}|\d{{6}})?(?!\d)(?:_aid\d{{4}})?(?:_\d\d[ns])?",  # AppEEARS
    rf"(?<=_)d{DAY}_t\d{{7}}_e\d{{7}}_b\d{{5}}_c\d{{20}}",  # VIIRS, level 1
    rf"(?<=ast_)\w{{3,4}}_\d{{3}}(?P<month>\d\d)(?P<day>\d\d)(?P<year>{YEAR4})\d{{6}}(?:_\d{{14}}_\d+)?",  # ASTER
    rf"{ALONE}enmap\d\d-_*l\d\w-dt\d+_{DAY}t\d{{6}}z(?:_\d{{3}}_v\d{{6}}_{STAMP}z)?",
)
# dates that are none of acquisition, where no id has been found: of processing and of creation
UNDATED = (
    rf"{ALONE}s2[a-d]_oper_\w+?_{STAMP}",
    rf"{ALONE}c\d{{12,20}}(?!\d)",
    rf"{ALONE}(?:prod|proc|processed|created|generated|downloads?|downloaded)[-_]?{YEAR4}[-_]?\d\d[-_]?\d\d(?:t?\d{{4,6}})?"
    r"(?!\d)",
)
# words of names that tell a place on the Earth, or a piece of a large export
TILE = (
    r"T?\d\d[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V]|(?i:h\d\dv\d\d|t\d\d[c-hj-np-x][a-hj-np-z][a-hj-np-v]|[xy]\d{2,4}|"
    r"x\d{2,4}y\d{2,4}|aid\d{4}|\d{1,2}[ns]|[ns]\d{1,2}[ew]\d{1,3}|\d{1,2}[ns]\d{1,3}[ew]|p\d{3}r\d{3})"
)
VERSION = r"(?i)(?<![a-z0-9])([a-z]{3,5}[a-z0-9]{2,5})\.\d{3}(?=_)"  # as AppEEARS writes it after a product
