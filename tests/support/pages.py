"""What tests of reports need: a look at a page by headless Chromium, at several widths, light, dark and printed."""

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NARROW, WIDE, WIDEST = 390, 1280, 1920  # CSS pixels
LARGEST = 3_000_000  # bytes of a page
SMALLEST_CONTRAST = 4.5
SHORTEST_ALT = 20  # letters: less says hardly what is seen
DARK = "(prefers-color-scheme: dark)"
PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")

TAG = re.compile(r"<(style|script|title)\b.*?</\1>|<[^>]*>", re.DOTALL)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing (Debian: chromium)")


@dataclass(frozen=True)
class Seen:
    """What a browser found in a page."""

    facts: dict
    console: list


def text_of(page):
    """Return what a reader of a page reads, without its markup."""
    return html.unescape(TAG.sub("", Path(page).read_text(encoding="utf-8"))).replace("\N{WORD JOINER}", "")


def blank_report(title="T"):
    """Return a report with a section and nothing in it."""
    from regionwise.core.reports.page.html_report import HtmlReport
    from regionwise.core.reports.page.verdict import Verdict

    report = HtmlReport(title, "", Verdict([]))
    report.section("What is it?")
    return report


def look(page, width, scratch, dark=False):
    """Return what Chromium finds in a page that is `width` wide."""
    text = Path(page).read_text(encoding="utf-8")
    if dark:
        text = text.replace(DARK, "all")
    kind = f"{width}{'-dark' if dark else ''}"
    (scratch / f"{kind}.html").write_text(text, encoding="utf-8")
    copy = scratch / f"{kind}-probed.html"
    copy.write_text(f"{text}\n<script>{PROBE}</script>", encoding="utf-8")
    ran = _chromium(_framed(copy, width, 1200), 1200, "--enable-logging=stderr", "--v=0", "--dump-dom")
    found = re.search(r'<script type="application/json" id="probe-result">(.*?)</script>', ran.stdout, re.DOTALL)
    assert found, f"the page could not be probed: {ran.stderr[-2000:]}"
    console = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    return Seen(json.loads(found[1].replace("\\u003c", "<")), console)


def check_page(page, name, scratch):
    """Assert what every report keeps, and leave pictures of it in `SCREENSHOTS`."""
    text = Path(page).read_text(encoding="utf-8")
    assert len(text.encode()) <= LARGEST
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text), "the page asks the network"
    assert not re.search(r">\s*-?(?:nan|inf|None)\s*<", text), "a number that is none is shown"
    heights = {}
    for width, dark in ((NARROW, False), (WIDE, False), (WIDE, True), (WIDEST, False)):
        seen = look(page, width, scratch, dark)
        facts, where = seen.facts, f"{name}, {width} px{', dark' if dark else ''}"
        assert seen.console == [], where
        assert facts["width"] == width, where
        assert facts["scrollWidth"] <= width, f"{where}: the page scrolls sideways: {facts['wide']}"
        assert facts["wrapped"] == [], f"{where}: numbers wrap"
        assert facts["unalike"] == [], f"{where}: numbers are not right-aligned"
        assert [each for each in facts["contrast"] if each["ratio"] < SMALLEST_CONTRAST] == [], where
        assert facts["texts"] > 50, f"{where}: nothing was looked at"
        assert [alt for alt in facts["alts"] if len(alt) < SHORTEST_ALT] == [], where
        assert facts["doubleNames"] == [] and facts["brokenLinks"] == [], where
        assert facts["answers"] >= 1 and facts["verdictFirst"], where
        heights[width, dark] = facts["height"]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for (width, dark), height in heights.items():
        kind = f"{width}{'-dark' if dark else ''}"
        target = SCREENSHOTS / f"{name}-{kind}.png"
        _chromium(_framed(scratch / f"{kind}.html", width, height), height, f"--screenshot={target}")
        with Image.open(target) as picture:
            picture.crop((0, 0, width, height)).save(target)
    _chromium(page, 1200, "--no-pdf-header-footer", f"--print-to-pdf={SCREENSHOTS / f'{name}-print.pdf'}")


def _framed(page, width, height):
    """Return a page that shows `page` so wide: a window of Chromium itself is never narrower than 500 pixels."""
    frame = page.with_suffix(".frame.html")
    frame.write_text(
        f"""<!DOCTYPE html><body style="margin: 0"><script>
        addEventListener("message", (event) => {{
          const element = document.createElement("script");
          element.type = "application/json"; element.id = "probe-result"; element.textContent = event.data;
          document.body.append(element);
        }});</script>
        <iframe src="{page.name}" style="border: 0; width: {width}px; height: {height}px"></iframe>""",
        encoding="utf-8",
    )
    return frame


def _chromium(page, height, *options):
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    command = [
        CHROMIUM, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--virtual-time-budget=4000",
        f"--window-size={WIDEST},{height}", *(["--no-sandbox"] if root else []), *options, Path(page).as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, timeout=120)
