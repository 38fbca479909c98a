"""Makes docs/gallery/first-map.png of what tests/qgis/test_first_map.py left in build/first-map/."""

from __future__ import annotations

from pathlib import Path

from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "build" / "first-map"
STRIP = ROOT / "docs" / "gallery" / "first-map.png"
WIDTH, HEIGHT, CAPTION, COLUMNS, GAP = 700, 450, 34, 2, 12  # pixels, but for the columns
COLOURS = 240  # are enough for windows and one map


def main() -> None:
    """Put the pictures together, each with its number of clicks so far."""
    told = [
        line.split(" ", 3)[1:] for line in (SHOTS / "events.txt").read_text().splitlines() if line.startswith("frame")
    ]
    rows = -(-len(told) // COLUMNS)
    cell_width, cell_height = WIDTH + GAP, HEIGHT + CAPTION + GAP
    strip = Image.new("RGB", (COLUMNS * cell_width + GAP, rows * cell_height + GAP), "white")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 17)
    for place, (number, clicks, text) in enumerate(told):
        left, top = GAP + place % COLUMNS * cell_width, GAP + place // COLUMNS * cell_height
        picture = Image.open(SHOTS / f"{number}.png").convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        strip.paste(picture, (left, top))
        draw.rectangle((left, top, left + WIDTH - 1, top + HEIGHT - 1), outline="#999999")
        draw.text((left, top + HEIGHT + 6), f"{place + 1}. {text} ({clicks} clicks so far)", fill="#222222", font=font)
    strip.quantize(COLOURS).save(STRIP, optimize=True)
    print(STRIP)


if __name__ == "__main__":
    main()
