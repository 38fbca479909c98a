"""The card of a model: everything that mapping needs to check, and a reader needs to trust it.

It is written as JSON in format 3. Cards of format 2, whose models learned numbers as files store them, without their
scale, and of format 1, which had no sections for features and networks, are read, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..contract.parsing import Scale
from ..data.raster.raster_source import AS_STORED
from ..data.raster.stack import Band
from ..features.feature_info import FeatureInfo
from ..runtime.types import Arguments
from ..targets.calibration import CalibrationInfo, ForecastCalibration
from ..targets.share_target import ScoreRow
from .applicability.error_profile import ErrorProfile
from .applicability.residual_info import ResidualInfo

FORMAT, OLDEST = 3, 1
SCALED = 3  # the format since which scales of files are applied
OLD_ERROR = "RMSE of a share or probability"  # in cards that do not name theirs


@dataclass(frozen=True)
class Member:
    """One trained part of a model: a fold of a global model, or a region's expert."""

    name: str
    kind: str  # global, within, strict
    region: str = ""
    fold: str = ""
    type: str = "network"  # see `model_types.TYPES`


@dataclass(frozen=True)
class BandInfo:
    """A band that a map must have: its name, the sensor it belongs to, unit and role if they are known.

    `named` says whether its file named it; else it bears the name of its layer and its number. `definition` is what
    its file said that it holds; cards before there were definitions have none.
    """

    name: str
    sensor: str
    unit: str = ""
    role: str = ""
    named: bool = True
    definition: str = ""

    @classmethod
    def of(cls, band: Band) -> BandInfo:
        """What a card tells of a band of a stack."""
        return cls(band.name, band.sensor, band.unit, band.role, band.named, band.definition)


@dataclass(frozen=True)
class ApplicabilityInfo:
    """Numbers of the space of predictors, see `applicability.Space`; its tensors belong to the model file."""

    threshold: float
    each: float
    mean_distance: float
    profile: ErrorProfile

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> ApplicabilityInfo:
        """What JSON values tell; older cards hold a curve of (DI, RMSE) alone."""
        values = {key: value for key, value in raw.items() if key not in ("curve", "profile")}
        profile = raw.get("profile") or {"error": OLD_ERROR, "knots": [(*pair, None, None) for pair in raw["curve"]]}
        knots = [(float(index), float(error), low, high) for index, error, low, high in profile["knots"]]
        return cls(**values, profile=ErrorProfile(**{**profile, "knots": knots}))


@dataclass(frozen=True)
class Card:
    """The description of a model.

    Parameters
    ----------
    networks : dict
        Arguments that build the networks of each type again.
    mixture : dict
        Weight of each type of member, or forecast; empty where there is one.
    levels : dict
        Coarser classes, and what they consist of.
    inputs : list of dict
        The files of the training as they were read, see `input_log`.
    colours : dict
        Of classes by name, as ``#rrggbb``, where the user has chosen them; older cards have none.
    """

    family: str
    networks: dict[str, Arguments]
    bands: list[BandInfo]
    components: list[str]
    members: list[Member]
    crs: str
    cell_size: float
    area: list[float]
    training: Arguments
    scores: list[ScoreRow]
    fingerprint: str
    versions: dict[str, str]
    regions: list[str] = field(default_factory=list)
    features: FeatureInfo = field(default_factory=FeatureInfo)
    mixture: dict[str, float] = field(default_factory=dict)
    calibration: CalibrationInfo = field(default_factory=CalibrationInfo)
    levels: dict[str, list[str]] = field(default_factory=dict)
    applicability: ApplicabilityInfo | None = None
    inputs: list[dict[str, str]] = field(default_factory=list)
    residuals: ResidualInfo | None = None
    colours: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def scales(self) -> Mapping[str, Scale] | None:
        """The scales by which maps read their rasters, instead of those of the files (None)."""
        return AS_STORED if self.format < SCALED else None

    @property
    def forecast(self) -> ForecastCalibration:
        """The calibration of a forecast; other families have none."""
        if self.calibration.forecast is None:
            raise TypeError(f"a model of the family {self.family} forecasts nothing")
        return self.calibration.forecast

    def kinds(self) -> set[str]:
        """The kinds of members."""
        return {member.kind for member in self.members}

    def types(self) -> set[str]:
        """The types of members."""
        return {member.type for member in self.members}

    def band_names(self, sensor: str = "") -> list[str]:
        """The names of the bands of `sensor`, or of all, in the order of training."""
        return [band.name for band in self.bands if sensor in ("", band.sensor)]

    def to_json(self) -> Arguments:
        """The card as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Card:
        """The card that JSON values of any format describe.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they describe none.
        """
        values = dict(raw) if raw["format"] > OLDEST else _of_format_1(raw)
        space, residuals = values["applicability"], values.get("residuals")
        typed = {
            "bands": [BandInfo(**band) for band in values["bands"]],
            "members": [Member(**member) for member in values["members"]],
            "features": FeatureInfo(**values["features"]),
            "calibration": CalibrationInfo.from_json(values["calibration"]),
            "applicability": None if space is None else ApplicabilityInfo.from_json(space),
            "residuals": None if residuals is None else ResidualInfo.from_json(residuals),
        }
        return cls(**{**values, **typed})


def _of_format_1(raw: Mapping[str, Any]) -> Arguments:
    """The values of a card of format 1 as those of the next.

    There the network of compositions stood alone, and the keys of features told their kind.
    """
    values = {key: value for key, value in raw.items() if key not in ("network", "trees")}
    network, trees = raw["network"], raw.get("trees", {})
    kinds = {"factors": "factors", "calendar": "series", "windows": "windows"}
    kind = next((kind for key, kind in kinds.items() if key in trees), "")
    calibration = dict(raw.get("calibration", {}))
    if "weights" in calibration:
        calibration = {"forecast": calibration}
    calibration["prior_correction"] = calibration.pop("odds", 1.0)
    return {
        **values,
        "networks": {"network": network} if "arguments" in network else network,
        "features": {"kind": kind, "arguments": trees},
        "calibration": calibration,
        "applicability": raw.get("applicability") or None,
        "format": OLDEST + 1,
    }
