"""Verify a map: whether it is what it says of its making, by hashes and by tiles that are made again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...contract.protocol import VERSION
from ...mapping.evidence.file_hashes import HashedFile
from ...mapping.evidence.map_evidence import Evidence
from ...mapping.evidence.stac_item import computing_of, linked_files, stated_checksum
from ...reports.page.html_report import HtmlReport
from ...reports.page.verdict import CARE, NO, YES, Answer, Verdict
from ...runtime.files import check_writable
from ...runtime.run import Result, Run
from .map_facts import add_facts, add_making, evidence_of, facts_of
from .params import MapVerification
from .recompute import TileCheck, recomputed

HOLDS, FAILS, OPEN = "as claimed", "not as claimed", "not checked"
DATABASES = (".gpkg", ".sqlite", ".gdb")
LAST_DIGITS = 1e-6
QUESTION = "Is the map what it claims to be?"
RULES = (
    "Yes: all files that it was made of are here with the contents that it names, the file is as its STAC item says, "
    "and all tiles that were made again are the same to the last bit. No: one of these is not so. With care: something "
    "could not be checked.",
)


@dataclass(frozen=True)
class Check:
    """One thing that was held against what a map claims.

    Parameters
    ----------
    result : str
        `HOLDS`, `FAILS` or `OPEN`.
    """

    what: str
    result: str
    note: str = ""


def verify_map(params: MapVerification, run: Run) -> Result:
    """Check a map, and say whether it is what its evidence claims."""
    check_writable(params.report)
    evidence, raster = evidence_of(params.map), Path(params.map.path)
    for text in evidence.sentences():
        run.channel.info(text)
    paths = _paths(evidence, raster, params.folder)
    checks = [_check_raster(raster), *_check_files(evidence, paths)]
    tiles: list[TileCheck] = []
    if all(paths) and params.sample:
        tiles = list(recomputed(raster, evidence, paths, params.sample, params.seed, run))
    exact = not evidence.backend or bool(computing_of(raster))
    checks += list(_check_tiles(tiles, params.sample, evidence, exact=exact))
    for check in checks:
        tell = run.channel.info if check.result == HOLDS else run.channel.warning
        tell(f"{check.what}: {check.result}{f' ({check.note})' if check.note else ''}.")
    verdict = verdict_of(checks, tiles)
    if params.report:
        _report(params, evidence, checks, verdict, run).write(params.report)
    holds = float(verdict.answers[0].grade == YES)
    outputs = {"REPORT": params.report} if params.report else {}
    return Result(outputs, {"HOLDS": holds, "TILES": float(len(tiles))}, verdict.first_line)


def _paths(evidence: Evidence, raster: Path, folder: str) -> list[str]:
    """Where the files of a map lie now: where its STAC item says, in `folder`, or beside it; empty if nowhere."""
    linked = linked_files(raster)
    linked = linked if len(linked) == len(evidence.files) else [""] * len(evidence.files)
    found = []
    for file, path in zip(evidence.files, linked, strict=True):
        places = [Path(folder, file.name)] if folder else [Path(path or file.name), raster.parent / file.name]
        found.append(next((str(place.resolve()) for place in places if place.is_file()), ""))
    return found


def _check_raster(raster: Path) -> Check:
    """Whether the raster is the file that its STAC item describes."""
    stated = stated_checksum(raster)
    what = f"The file {raster.name} by its STAC item"
    if not stated:
        return Check(what, OPEN, "there is no STAC item beside it")
    same = stated == HashedFile.of(str(raster)).multihash
    return Check(what, HOLDS if same else FAILS, "" if same else "it was changed since it was written")


def _check_files(evidence: Evidence, paths: Sequence[str]) -> Iterator[Check]:
    """Yield whether each file holds what it held."""
    for file, path in zip(evidence.files, paths, strict=True):
        what = f"Contents of {file.name}"
        if not path:
            yield Check(what, OPEN, "it is not where the map was made from; give the Folder of the inputs")
        elif not file.sha256:
            yield Check(what, OPEN, "it was no file of its own")
        else:
            yield _compared(what, file, path)


def _compared(what: str, file: HashedFile, path: str) -> Check:
    """Whether a file holds the same bytes; those of a database change when a program does no more than open it."""
    if HashedFile.of(path).sha256 == file.sha256:
        return Check(what, HOLDS)
    if Path(path).suffix.lower() in DATABASES:
        return Check(what, OPEN, "its bytes are other ones, as they may be once a program has opened it")
    return Check(what, FAILS, "it holds something else now")


def _check_tiles(tiles: Sequence[TileCheck], wanted: int, evidence: Evidence, *, exact: bool) -> Iterator[Check]:
    """Yield whether tiles that were made again are the same; `exact`: to the last bit, where it is known how they were.

    Else the last digits of networks may differ, which is told and decides nothing.
    """
    if not wanted:
        return
    if not tiles:
        yield Check("Tiles made again", OPEN, "files are missing, or the map has no data")
    for each in tiles:
        what = f"Tile at row {each.tile.row}, column {each.tile.col} ({each.known} cells with data)"
        note = ""
        if each.differing:
            note = f"{each.differing} numbers differ, by {each.largest:.3g} at most"
            if evidence.plugin != VERSION:
                note += f"; version {evidence.plugin} made the map, this is {VERSION}"
        close = not exact and each.largest <= LAST_DIGITS
        if each.differing and close:
            note += "; without the STAC item it is not known in which windows networks were computed"
        yield Check(what, HOLDS if not each.differing else OPEN if close else FAILS, note)


def verdict_of(checks: Sequence[Check], tiles: Sequence[TileCheck]) -> Verdict:
    """Whether all claims hold."""
    failed, unchecked = ([c for c in checks if c.result == result] for result in (FAILS, OPEN))
    number = f"{len(checks) - len(failed) - len(unchecked)} of {len(checks)} checks hold, {len(tiles)} tiles made again"
    if failed:
        text = f"{failed[0].what}: {failed[0].note or FAILS}."
        return Verdict([Answer(QUESTION, NO, text, number)], ["Map it again from files that you trust."], RULES)
    if unchecked:
        text = f"What could be checked holds. {unchecked[0].what}: {unchecked[0].note}."
        return Verdict([Answer(QUESTION, CARE, text, number)], (), RULES)
    text = "Files are the same, and tiles that were made again are the same to the last bit."
    return Verdict([Answer(QUESTION, YES, text, number)], (), RULES)


def _report(
    params: MapVerification, evidence: Evidence, checks: Sequence[Check], verdict: Verdict, run: Run
) -> HtmlReport:
    """The page."""
    report = HtmlReport(
        f"Verification of {Path(params.map.path).stem}", f"{evidence.task}, {evidence.product}", verdict
    )
    report.section("What was checked?")
    report.table("Checks", [{"what": c.what, "result": c.result, "note": c.note} for c in checks])
    add_facts(report, facts_of(params.map))
    add_making(report, evidence)
    report.close(params.to_json(), run)
    return report
