"""Weighing what speaks for the subject: the network, strange colours, and motion of its own.

Motion adds to what the network is sure of. It takes away only from a subject that moves as a whole: there,
what stands still is behind it. Of somebody who juggles, hands and ball move alone, and nothing speaks against
the rest. The weights were fitted to clips with known masks, and rounded.
"""

from __future__ import annotations

import cv2
import numpy as np

_NETWORK, _STRANGE, _MOVING, _OFFSET = 0.5, 12.0, 2.5, -9.5
_NETWORK_ALONE, _OFFSET_ALONE = 1.2, -0.2
_FAR = 5.5
"""What counts against pixels far from anything that the network found."""
_NEAR = 0.06
"""Reach around what the network found, as a share of the picture's diagonal."""
_WHOLE, _BETWEEN = 0.5, 0.25
"""Share of what is surely found that moves where a subject begins to move as a whole, and how much more it
takes until all of it does."""
_APART, _MUCH = 0.7, 0.15
"""Pixels of departure from which a pixel moves by itself; share of the picture above which that says
little."""
_PLAIN = 0.06
"""Width of plain surfaces that are filled in, as a share of the picture's diagonal."""
_LARGE = 0.012
"""Least area of something that moves unfound, as a share of the picture."""
_DOUBT = 0.03
"""The network is never surer than this."""


def log_odds(share: np.ndarray, doubt: float = _DOUBT) -> np.ndarray:
    """ln(p / (1 - p)) with p kept away from 0 and 1 by `doubt`."""
    share = np.clip(share, doubt, 1 - doubt)
    return np.log(share / (1 - share))


def probability(odds: np.ndarray) -> np.ndarray:
    """The inverse of `log_odds`."""
    return 1 / (1 + np.exp(-odds))


def liveliness(found: np.ndarray, strange: np.ndarray, moving: np.ndarray) -> float:
    """How far the subject moves as a whole, [0, 1].

    found: (height, width) share by the network. strange: share of frames, [0, 1]. moving: departure in
    pixels. Somebody who juggles moves hands and ball alone; of a dancer all moves.
    """
    sure = np.clip((found - 0.5) / 0.4, 0, 1)
    if sure.sum() < 1:
        return 0.0
    moved = float((strange * np.minimum(moving, 1) * sure).sum() / sure.sum())
    return float(np.clip((moved - _WHOLE) / _BETWEEN, 0, 1))


def filled(strange: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """Strangeness (height, width) with plain surfaces filled in.

    Of a surface of one colour that moves only the rim is strange, but all of it moves.
    """
    reach = 2 * round(_PLAIN * float(np.hypot(*strange.shape)) / 2) + 1
    rim = (strange * np.clip(moving / _APART, 0, 1)).astype(np.float32)
    between = cv2.morphologyEx(
        rim, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    )
    return np.maximum(strange, between * np.clip(moving / _APART - 1, 0, 1))


def movers(strange: np.ndarray, moving: np.ndarray, least: float = _LARGE) -> np.ndarray:
    """Where something as large as a subject moves that the network did not find, (height, width) of 0 and 1.

    least: its area, as a share of the picture. Only where all else keeps still: where much of the picture
    moves, moving says little.
    """
    apart = ((strange > 0.5) & (moving > _APART)).astype(np.uint8)
    nothing = np.zeros(strange.shape, np.float32)
    if apart.mean() > _MUCH:
        return nothing
    apart = cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(apart)
    areas = stats[:count, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    large = areas >= least * strange.size
    return np.where(large[np.asarray(parts, np.intp)], np.float32(1), nothing)


def weigh(
    found: np.ndarray,
    strange: np.ndarray | None,
    moving: np.ndarray | None,
    lively: float,
    former: np.ndarray | None = None,
    *,
    camera_stands: bool = False,
) -> np.ndarray:
    """Log odds (height, width) that a pixel is part of the subject.

    found: share by the network. strange, moving: as for `liveliness`; None where nothing tells. former: the
    subject of the frame before, carried here: what moves near it is taken to belong to it. camera_stands:
    then whatever is large and moves is a subject too; else it may be near and still.
    """
    alone = _NETWORK_ALONE * log_odds(found) + _OFFSET_ALONE
    if strange is None or moving is None:
        return alone
    diagonal = float(np.hypot(*found.shape))
    known = found if former is None else np.maximum(found, former)
    nearby = np.clip(cv2.GaussianBlur(known, (0, 0), _NEAR * diagonal) / 0.15, 0, 1)
    if camera_stands:
        nearby = np.maximum(nearby, movers(strange, moving))
    together = (
        _NETWORK * log_odds(found)
        + _STRANGE * strange
        + _MOVING * np.log1p(moving)
        + _OFFSET
        - _FAR * (1 - nearby)
    )
    return lively * together + (1 - lively) * np.maximum(alone, together)
