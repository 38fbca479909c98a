"""The worth of a score: how much of what there is to explain it explains, and by which rule a map may be used."""

from __future__ import annotations

from dataclasses import dataclass

from .page.verdict import CARE, NO, YES

ENOUGH, LITTLE = 0.5, 0.2  # of what there is to explain: from the one on a map may be used, below the other not
SMALLEST = 1e-9
SCALE_RULE = (
    "What a score is worth lies between 0 (what is known without images) and 1 (perfect): R² itself; accuracy beyond "
    "that of always naming the most frequent class; twice the AUC less 1."
)
GRADES_RULE = (
    f"Yes: even the lower bound of the 90 % interval is worth {ENOUGH:g} or more, and nothing speaks against it. No: "
    f"the score is worth less than {LITTLE:g}, or less than {ENOUGH:g} with a lower bound of 0 or less. With care: all "
    "else, also where too few independent units were tested for an interval."
)


@dataclass(frozen=True)
class Worth:
    """What a score is worth from 0 to 1, with its lower bound (None: not bounded), and the score in words."""

    value: float
    low: float | None
    number: str
    text: str

    @classmethod
    def of_auc(cls, auc: float, low: float | None, number: str = "", text: str = "") -> Worth:
        """What an AUC is worth beyond chance."""
        return cls(2 * auc - 1, None if low is None else 2 * low - 1, number, text)

    @classmethod
    def of_accuracy(cls, accuracy: float, low: float | None, frequent: float, number: str, text: str) -> Worth:
        """What an accuracy is worth beyond that of always naming the most frequent class, of the share `frequent`."""
        rest = max(1 - frequent, SMALLEST)
        return cls((accuracy - frequent) / rest, None if low is None else (low - frequent) / rest, number, text)

    @property
    def unsure(self) -> bool:
        """Whether it may be worth nothing."""
        return self.low is not None and self.low <= 0

    def grade(self, *, doubted: bool = False) -> str:
        """One of the grades of `Answer`."""
        if self.value < (ENOUGH if self.unsure else LITTLE):
            return NO
        return YES if self.low is not None and self.low >= ENOUGH and not doubted else CARE


def bounds_text(low: float | None, high: float | None, form: str = ".3f") -> str:
    """An interval in words, after a space; nothing without one."""
    if low is None and high is None:
        return ""
    return " ({}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{})".format(
        *("not bounded" if bound is None else f"{bound:{form}}" for bound in (low, high))
    )
