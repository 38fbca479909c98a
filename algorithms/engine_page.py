"""Engine page: what 'Check engine' found, in the look of all reports; it needs no engine."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from pathlib import Path

STYLE = Path(__file__).resolve().parents[1] / "resources" / "report.css"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Engine of Regionwise, {day}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>Engine of Regionwise</h1><p class="soft">{written}</p></header>
<main>
<section id="verdict" aria-label="Verdict"><ul class="answers"><li class="answer g-{grade}">
<span class="question">Does the engine work?</span><strong>{word}</strong><p>{verdict}</p></li></ul></section>
<section aria-labelledby="facts"><h2 id="facts">What was found?</h2>
<div class="wide" tabindex="0" role="region" aria-label="What was found"><table>
<thead><tr><th scope="col">what</th><th scope="col">value</th></tr></thead>
<tbody>
{rows}
</tbody></table></div></section>
</main>
<footer>Regionwise · {written}</footer>
</body>
</html>
"""


def engine_page(verdict: str, good: bool, facts: Mapping[str, str]) -> str:
    """The page; `good` says whether the engine works."""
    now = time.localtime()
    rows = [
        f'<tr><td class="text">{html.escape(name)}</td><td class="text long">{html.escape(value)}</td></tr>'
        for name, value in facts.items()
    ]
    return PAGE.format(
        style=STYLE.read_text(encoding="utf-8"),
        day=time.strftime("%d %b", now).lstrip("0"),
        written=time.strftime("%d %b %Y", now).lstrip("0"),
        grade="yes" if good else "no",
        word="Yes" if good else "No",
        verdict=html.escape(verdict),
        rows="\n".join(rows),
    )
