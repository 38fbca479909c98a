"""What the numbers are worth: worlds with known truth, where every claim of the tools is held against it.

``./dev bench honesty`` simulates 30 worlds for each claim and design (an hour on two cores) and prints a table;
``./dev bench honesty NAME...`` does some parts alone, of those below; ``--worlds 5`` is quick and proves little;
``--write`` puts the table of the parts that ran into docs/honesty.md, and leaves the other rows as they are.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from honesty_claims import Claim, as_table

WORLDS = 30
PARTS = {
    "composition": "Scores, their intervals, bands, and errors inside and outside of the area of applicability",
    "bands": "Bands in new sources, and joint sets",
    "applicability": "The area of applicability of every kind of training",
    "events": "Susceptibility: probabilities, and intervals of the AUC",
    "classes": "Crops: intervals of accuracy and macro F1",
    "forecast": "Forecasts: bands, and intervals of the error",
    "samples": "The audit of samples",
    "stars": "Stars of the table of correlations",
    "species": "An independent anchor: virtual species",
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "honesty.md"
BEGIN, END = "<!-- {}: begin -->\n", "<!-- {}: end -->"


def claims_of(part: str) -> Callable[[int], list[Claim]]:
    """The function that measures the claims of a part in so many worlds."""
    measure: Callable[[int], list[Claim]] = importlib.import_module(f"honesty_{part}").claims
    return measure


def write_table(part: str, table: str, path: Path = PAGE) -> None:
    """Put the table of a part between its marks in a page."""
    page = path.read_text(encoding="utf-8")
    begin, end = BEGIN.format(part), END.format(part)
    before, rest = page.split(begin, 1)
    path.write_text(f"{before}{begin}\n{table}\n\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the claims of some parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="NAME", help="; ".join(f"{k}: {v}" for k, v in PARTS.items()))
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for part in chosen.parts or PARTS:
        start = time.monotonic()
        table = as_table(claims_of(part)(chosen.worlds))
        minutes = (time.monotonic() - start) / 60
        print(f"\n## {PARTS[part]} ({part}; {minutes:.1f} min)\n\n{table}", flush=True)
        if chosen.write:
            write_table(part, table)


if __name__ == "__main__":
    main()
