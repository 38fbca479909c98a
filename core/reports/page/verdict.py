"""Verdicts: the answers with which a report begins, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

YES, CARE, NO, UNTOLD = "yes", "with care", "no", "not tested"
GRADES = {YES: "Yes", CARE: "With care", NO: "No", UNTOLD: "Not tested"}


@dataclass(frozen=True)
class Answer:
    """An answer to one question.

    Parameters
    ----------
    question : str
    grade : str
        One of `GRADES`.
    text : str
        Why, in words, with the number.
    number : str
        The number that it rests on, with its interval; empty if there is none.
    """

    question: str
    grade: str
    text: str
    number: str = ""

    @property
    def word(self) -> str:
        """The grade in words."""
        return GRADES[self.grade]

    @property
    def line(self) -> str:
        """Question and answer in one line."""
        return f"{self.question} {self.word}. {self.text}"


@dataclass(frozen=True)
class Verdict:
    """The answers of a run.

    Parameters
    ----------
    next_steps : sequence of str
        What to do next, in sentences.
    rules : sequence of str
        By which rules answers are given.
    """

    answers: Sequence[Answer]
    next_steps: Sequence[str] = ()
    rules: Sequence[str] = field(default_factory=tuple)

    @property
    def first_line(self) -> str:
        """The answer to the first question."""
        return self.answers[0].line if self.answers else ""
