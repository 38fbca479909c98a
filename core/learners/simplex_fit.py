"""Simplex fit: the mixture of a few points that comes nearest to each of many others, exactly and for all at once."""

from __future__ import annotations

import numpy as np

from ..runtime.types import Array, Index, Mask

ROUNDING = 1e-13  # of the lengths at hand: what a gain must exceed to be one
MOST_PIVOTS = 20  # for each point; a fit takes about one for each point that mixes


def nearest_mixtures(signals: Array, points: Array) -> Array:
    """The shares, none negative and summing to 1, whose mixture of `points` is nearest to each signal.

    The active-set method of Lawson & Hanson (1974, ch. 23) with the sum as a constraint of its own: beginning at the
    nearest point, the point that promises most joins, the mixture of those that joined becomes the nearest one of
    their plane, and whose share would be negative leaves on the way. Signals that mix the same points are solved
    together (Van Benthem & Keenan 2004, J. Chemom. 18, 441). Distances are solved in the points themselves, not in
    their products, whose condition is the square.

    Parameters
    ----------
    signals : array, shape (n, feature)
    points : array, shape (point, feature)

    Returns
    -------
    array, shape (n, point)
    """
    axes, corners = np.linalg.qr(points.T)  # only what lies in the space of the points tells the shares apart
    places, corners = signals @ axes, corners.T
    shares = np.zeros((len(signals), len(points)))
    shares[np.arange(len(places)), (places @ corners.T - (corners**2).sum(1) / 2).argmax(1)] = 1
    mixed = shares > 0
    faces: dict[bytes, Array] = {}
    pending = np.arange(len(places))
    for _ in range(MOST_PIVOTS * len(points)):
        joining, better = _most_promising(places[pending], corners, shares[pending])
        pending, joining = pending[better], joining[better]
        if not len(pending):
            break
        mixed[pending, joining] = True
        _settle(places, corners, shares, mixed, pending, faces)
        pending = pending[mixed[pending, joining]]  # what leaves at once joined by rounding alone
    return shares


def _most_promising(places: Array, corners: Array, shares: Array) -> tuple[Index, Mask]:
    """The corner towards which each mixture comes nearer to its place fastest, and whether it does at all."""
    residual = places - shares @ corners
    pull = residual @ corners.T
    gain = np.where(shares > 0, -np.inf, pull - (shares * pull).sum(1, keepdims=True))
    best = gain.argmax(1)
    least = ROUNDING * np.linalg.norm(residual, axis=1) * np.linalg.norm(corners, axis=1).max()
    return best, gain[np.arange(len(best)), best] > least


def _settle(
    places: Array, corners: Array, shares: Array, mixed: Mask, pending: Index, faces: dict[bytes, Array]
) -> None:
    """Move the shares of `pending` to the nearest mixture of their corners; who would be negative leaves `mixed`."""
    while len(pending):
        own, chosen = shares[pending], mixed[pending]
        wanted = _on_planes(places[pending], corners, chosen, faces)
        negative = chosen & (wanted < 0)
        way = np.where(negative, own / np.where(negative, own - wanted, 1.0), 1.0)  # until a share is 0
        moved = np.maximum(own + way.min(1, keepdims=True) * (wanted - own), 0)
        leaving = negative & (np.arange(way.shape[1]) == way.argmin(1)[:, None])  # whatever rounding says
        shares[pending], mixed[pending] = np.where(leaving, 0, moved), chosen & ~leaving
        pending = pending[leaving.any(1)]


def _on_planes(places: Array, corners: Array, chosen: Mask, faces: dict[bytes, Array]) -> Array:
    """The shares, of any sign, of the mixture of the `chosen` corners that is nearest to each place.

    Parameters
    ----------
    faces : dict
        Inverses that were computed before, by the corners that mix.
    """
    shares = np.zeros(chosen.shape)
    codes = np.packbits(chosen, axis=1)
    kind = np.unique(codes, axis=0, return_inverse=True)[1].ravel()
    for rows in np.split(np.argsort(kind, kind="stable"), np.cumsum(np.bincount(kind))[:-1]):
        first, *others = np.flatnonzero(chosen[rows[0]])
        key = codes[rows[0]].tobytes()
        if key not in faces:
            faces[key] = np.linalg.pinv(corners[others] - corners[first], rcond=1e-14)
        found = (places[rows] - corners[first]) @ faces[key]
        shares[np.ix_(rows, others)] = found
        shares[rows, first] = 1 - found.sum(1)
    return shares
