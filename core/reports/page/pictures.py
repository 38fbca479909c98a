"""Pictures: figures as SVG that follow the theme of a page, and as PNG for everything else."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure

from ...runtime.filenames import safe_name
from ...runtime.files import atomic
from ..palette import INK

DPI, SVG_DPI = 160, 90  # of PNG, and of what is pixels in an SVG
PADDING = 0.04  # inches
OPENING = re.compile(r'<svg\b[^>]*?width="([\d.]+)pt"[^>]*?height="([\d.]+)pt"[^>]*?>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
LONG_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
FONT = re.compile(r"; font-family: [^;\"]*|font: (\d+px) [^;\"]*|font-family: [^;\"]*;? ?")
UNUSED = re.compile(r"<style.*?</style>|<metadata>.*?</metadata>|<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", re.DOTALL)
IDENTIFIER = re.compile(r' id="([^"]*)"')
REFERENCE = re.compile(r'(xlink:href="#|url\(#)([^")]*)')


class Drawing(NamedTuple):
    """A figure, and what is seen in it, for those who do not see it."""

    figure: Figure
    alt: str


@dataclass(frozen=True)
class Picture:
    """A figure.

    Parameters
    ----------
    title : str
        In words; its file names come from it.
    svg : Markup
        For a page.
    file : str
        The SVG of a file of its own.
    width : float
        In CSS pixels.
    data : DataFrame, optional
        The numbers in it.
    """

    title: str
    svg: Markup
    file: str
    png: bytes
    width: float
    data: pd.DataFrame | None

    @property
    def label(self) -> str:
        """The title without what tells its files from those of another validation."""
        return self.title.partition(": ")[0]

    def write(self, folder: Path) -> None:
        """Write SVG, PNG and the numbers."""
        name = safe_name(self.title.replace(" ", "_").replace("²", "2").lower())
        with atomic(folder / f"{name}.png") as part:
            part.write_bytes(self.png)
        with atomic(folder / f"{name}.svg") as part:
            part.write_text(self.file, encoding="utf-8")
        if self.data is not None:
            with atomic(folder / f"{name}.csv") as part:
                self.data.to_csv(part, index=False)


def picture_of(title: str, drawing: Drawing, data: pd.DataFrame | None = None) -> Picture:
    """The picture of a drawing."""
    figure, svg, png = drawing.figure, io.StringIO(), io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure.savefig(svg, format="svg", dpi=SVG_DPI, bbox_inches="tight", pad_inches=PADDING, metadata={"Date": None})
    figure.savefig(png, format="png", dpi=DPI, bbox_inches="tight", pad_inches=PADDING, facecolor="white")
    text = svg.getvalue()
    inline, width = _inline(text, title, f"{title}. {drawing.alt}")
    return Picture(title, inline, text, png.getvalue(), width, data)


def _inline(text: str, title: str, alt: str) -> tuple[Markup, float]:
    """The SVG for a page, and its width: small, named so that it meets no other, with the ink of the page."""
    text = UNUSED.sub("", text).strip()
    opening = OPENING.search(text)
    if opening is None:
        raise ValueError("no SVG")
    width, height = (float(size) for size in opening.groups())
    prefix = f"p{hashlib.sha256(title.encode()).hexdigest()[:8]}-"
    body = _named(text[opening.end() :], prefix)
    body = TAG.sub(lambda tag: _smaller(tag[0]), body)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-label="{escape(alt)}" viewBox="0 0 {width:g} {height:g}" width="{width * 4 / 3:.0f}">'
    )
    return Markup(start + body), width * 4 / 3  # nosec B704: drawn here, names in it are escaped by matplotlib


def _smaller(tag: str) -> str:
    """A tag with two decimals, the font and the ink of the page."""
    tag = LONG_DECIMALS.sub(r"\1", FONT.sub(lambda m: f"font-size: {m[1]}" if m[1] else "", tag))
    return tag.replace(INK, "currentColor")


def _named(body: str, prefix: str) -> str:
    """`body` with a prefix to the names that something refers to, and without all others."""
    wanted = {match[2] for match in REFERENCE.finditer(body)}
    body = REFERENCE.sub(rf"\g<1>{prefix}\g<2>", body)
    return IDENTIFIER.sub(lambda match: f' id="{prefix}{match[1]}"' if match[1] in wanted else "", body)
