"""Palette: the colours of figures and maps by what they mean; safe for colour-blind eyes, on light and dark ground.

Categories are those of Okabe & Ito (2008), in an order in which neighbours differ in lightness, too. Ramps rise or fall
steadily in lightness; those that diverge go from orange to blue, never from red to green.
"""

from __future__ import annotations

INK = "#1c2326"  # text and axes; in pages it follows the theme
ON_LIGHT, ON_DARK = "#000000", "#ffffff"  # text on a coloured cell, in any theme
QUIET = "#878f92"  # lines to compare with, in any theme
NOTHING = "#b9c0c2"  # what was not tested, or has no data

CATEGORIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#5b5b9d")
MAIN, OTHER = CATEGORIES[:2]  # what the page is about, and what it is compared with

# ramps by meaning, from low to high
SHARE = ("#fbfbe6", "#bfe3c6", "#5fb8b9", "#23759b", "#12305f")
DOUBT = ("#faf5fb", "#dcc5e2", "#b889c4", "#874c9c", "#4a1a63")
PROBABILITY = ("#fff8d6", "#fdd27f", "#f58e45", "#c93e36", "#6d0f37")
DIFFERENCE = ("#a84300", "#eca56e", "#f5f5f2", "#7fb4d8", "#0b5394")
INDEX = ("#f6f1e1", "#d9d59b", "#98b95f", "#45874a", "#0c4a35")  # of vegetation, from bare to dense
GROUND = ("#3b3b3b", "#757575", "#a6a6a6", "#d0d0d0", "#f4f4f4")  # shades of a relief
CLASSES_ORDERED = ("#3a66ae", "#9cc6de", "#fdf3b4", "#f19a52", "#b3212c")  # from very low to very high
OUTSIDE, INSIDE = "#d9742a", "#2f7f9e"


def ramp(colours: tuple[str, ...], place: float) -> str:
    """The colour at `place` (0..1) of a ramp whose colours lie at equal distances."""
    at = min(max(place, 0.0), 1.0) * (len(colours) - 1)
    low = min(int(at), len(colours) - 2)
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours[low : low + 2]]
    mixed = [round(first + (last - first) * (at - low)) for first, last in zip(*ends, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2), from 0 (black) to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2), from 1 to 21."""
    dark, light = sorted((luminance(colour), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """The colour of text on a ground of that colour."""
    return max((ON_LIGHT, ON_DARK), key=lambda text: contrast(text, colour))
