"""Errors that the user can act on, and a collector that shows all of them at once."""

from __future__ import annotations


class RegionwiseError(Exception):
    """A problem the user can solve; anything else that is raised is a bug of ours.

    Parameters
    ----------
    message : str
        What is wrong, with the layer or file and the value.
    remedy : str
        What to do about it.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())

    def __reduce__(self) -> tuple[type[RegionwiseError], tuple[str, str]]:
        return type(self), (self.message, self.remedy)


class CancelledError(Exception):
    """The user stopped the run."""


class Problems:
    """Collects the problems of a run, so that they are shown together before the long work starts."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Note one problem: what is wrong, and the remedy."""
        self.sentences.append(sentence)

    def add_error(self, error: RegionwiseError) -> None:
        """Note the problem that `error` describes."""
        self.add(str(error))

    def raise_any(self) -> None:
        """Raise one `RegionwiseError` with everything that was noted, if anything was."""
        if len(self.sentences) == 1:
            raise RegionwiseError(self.sentences[0])
        if self.sentences:
            listing = "\n".join(f"{i}. {text}" for i, text in enumerate(self.sentences, 1))
            raise RegionwiseError(f"{len(self.sentences)} problems were found:\n{listing}")
