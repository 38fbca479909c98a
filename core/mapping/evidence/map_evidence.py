"""Map evidence: what made a map, from what and with which model, in a form that lets it be made again.

It lies in the raster itself, names files without their folders, and holds no time: the same inputs give the same bytes
wherever and whenever they are mapped. Where files lie is told by the STAC item beside the raster.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...contract.errors import RegionwiseError
from ...contract.protocol import VERSION
from ...learning.card import Card
from ...learning.training_results import MAP
from ...runtime.versions import versions
from ...targets.share_target import MEAN
from .file_hashes import HashedFile

TAG = "REGIONWISE_EVIDENCE"
FORMAT = 1
SHORT = 12  # digits of a hash for people
WANTED = "(wanted)"  # instead of the path of an output
FILE_NUMBER = "file:"  # in parameters, before the number of a file
SCORES = ("r2", "accuracy", "f1", "auc", "rmse", "brier")


@dataclass(frozen=True)
class ModelEvidence:
    """A model that took part.

    Parameters
    ----------
    file : int
        Its number among the files.
    scores : str
        The main ones in words; empty where the card has none.
    applicability : str
        Where they hold, in words; empty where the card does not say.
    """

    file: int
    family: str
    fingerprint: str
    members: int
    scores: str
    applicability: str


@dataclass(frozen=True)
class Evidence:
    """What a map is made of.

    Parameters
    ----------
    task : str
        Name of the class of parameters.
    params : dict
        The parameters; a file among `files` is its number after `FILE_NUMBER`, an output `WANTED`.
    product : str
        Which of the rasters of the run this is.
    backend : dict
        How networks were computed; empty without any.
    """

    task: str
    params: dict[str, Any]
    product: str
    files: list[HashedFile]
    models: list[ModelEvidence]
    device: str
    backend: dict[str, Any] = field(default_factory=dict)
    plugin: str = VERSION
    versions: dict[str, str] = field(default_factory=versions)
    format: int = FORMAT

    def to_tag(self) -> dict[str, str]:
        """The tag of a raster."""
        return {TAG: json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str], raster: str) -> Evidence:
        """What the tags of a raster say.

        Raises
        ------
        RegionwiseError
            If they say nothing, or what this version does not know.
        """
        if TAG not in tags:
            raise RegionwiseError(
                f"'{raster}' does not say what made it: it is no map of Regionwise, an earlier version made it, or "
                "another program has written it again.",
                "Map it again.",
            )
        try:
            raw = json.loads(tags[TAG])
            if raw["format"] > FORMAT:
                raise ValueError(f"format {raw['format']}")
            files = [HashedFile(**each) for each in raw.pop("files")]
            models = [ModelEvidence(**each) for each in raw.pop("models")]
            return cls(files=files, models=models, **raw)
        except (ValueError, KeyError, TypeError) as err:
            raise RegionwiseError(f"What '{raster}' says of its making cannot be read ({err}).") from err

    def sentences(self) -> list[str]:
        """What made the map, in words."""
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        told = [f"Made by Regionwise {self.plugin} ({self.task}) on {self.device}, with {packages}."]
        for model in self.models:
            told.append(
                f"Model '{self.files[model.file].name}' ({model.family}, {model.members} members, run "
                f"{model.fingerprint}){'' if not model.scores else f': {model.scores}'}."
            )
            told += [model.applicability] if model.applicability else []
        others = [each for number, each in enumerate(self.files) if number not in {m.file for m in self.models}]
        listing = ", ".join(f"{each.name} ({each.sha256[:SHORT] or 'not hashed'})" for each in others)
        told.append(f"Inputs, with the beginning of their SHA-256: {listing}.")
        return told


def model_evidence(card: Card, file: int) -> ModelEvidence:
    """What the card of a model says of its worth."""
    applicability = ""
    if card.applicability is not None:
        applicability = (
            f"Scores hold up to a dissimilarity of {card.applicability.threshold:.3f} to the training samples "
            "('Map applicability' shows where)."
        )
    return ModelEvidence(file, card.family, card.fingerprint, len(card.members), scores_in_words(card), applicability)


def scores_in_words(card: Card) -> str:
    """The main scores of a card: those of the map where they are told, else of the first validation."""
    rows = [row for row in card.scores if row.get("component", MEAN) == MEAN and row.get("part", "all") == "all"]
    row: Mapping[str, Any] = next((row for row in rows if row.get("model") == MAP), rows[0] if rows else {})
    parts = [f"{name} {row[name]:.3f}" for name in SCORES if isinstance(row.get(name), float)]
    if parts and row.get("low") is not None and row.get("high") is not None:
        parts[0] += f" [{row['low']:.3f}, {row['high']:.3f}]"
    where = f" ({row['validation']})" if row.get("validation") else ""
    return f"{', '.join(parts)}{where}" if parts else ""


def without_folders(value: Any, files: Sequence[str], outputs: Sequence[str] = ()) -> Any:
    """A JSON value in which each of `files` is its number; what is written, as `outputs`, is only said to be wanted."""
    if isinstance(value, dict):
        return {key: without_folders(each, files, outputs) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(each, files, outputs) for each in value]
    if isinstance(value, str) and value in files:
        return f"{FILE_NUMBER}{files.index(value)}"
    written = isinstance(value, str) and (value in outputs or Path(value).is_absolute())
    return WANTED if written and value else value


def with_folders(value: Any, paths: Sequence[str]) -> Any:
    """The reverse: a JSON value in which numbers are the paths of files."""
    if isinstance(value, dict):
        return {key: with_folders(each, paths) for key, each in value.items()}
    if isinstance(value, list):
        return [with_folders(each, paths) for each in value]
    if isinstance(value, str) and value.startswith(FILE_NUMBER):
        return paths[int(value.removeprefix(FILE_NUMBER))]
    return value


def files_in(value: Any, outputs: Sequence[str]) -> Iterator[str]:
    """Yield the paths of files in a JSON value, but `outputs`."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from files_in(each, outputs)
    elif isinstance(value, str) and value not in outputs and _is_file(value):
        yield value


def _is_file(text: str) -> bool:
    """Whether a text, which may be anything, is the path of a file from the root on."""
    try:
        return Path(text).is_absolute() and Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with a character that none has
        return False
