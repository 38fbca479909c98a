"""Findings: one problem or notice about a set of samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEW = 30  # samples: fewer tell little


@dataclass(frozen=True)
class Finding:
    """One finding about a set of samples.

    Parameters
    ----------
    check : str
        Name of the check.
    text : str
        The finding in words.
    rows : array of bool, shape (sample,)
        The samples concerned.
    problem : bool
        Whether it makes a score lie; else it is a notice.
    """

    check: str
    text: str
    rows: NDArray[np.bool_]
    problem: bool = True

    @property
    def kind(self) -> str:
        """``problem`` or ``notice``."""
        return "problem" if self.problem else "notice"
