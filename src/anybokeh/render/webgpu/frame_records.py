"""What shaders read of a frame, laid out as they take it."""

from __future__ import annotations

import numpy as np

from anybokeh.optics.light import encode_table
from anybokeh.render.known_hidden import KnownHidden
from anybokeh.render.outlines import Outlines

_NO_TABLE = np.zeros(1, np.float32)


def known_record(known: KnownHidden) -> np.ndarray:
    """Known surfaces in one int32 array: where rows begin, columns, and the bits of the values."""
    parts = known.begins, known.x, known.values.ravel().view(np.int32)
    return np.concatenate(parts).astype(np.int32)


def outline_record(found: Outlines) -> np.ndarray:
    """(cells, CELL, CELL, 9) of pixels near outlines: nearer surface, farther one, share of the nearer."""
    return np.concatenate([found.near, found.far, found.share[..., None]], axis=-1)


def encoding_record(transfer: str) -> np.ndarray:
    """The table that encodes light; a number that nobody reads where frames are linear."""
    return _NO_TABLE if transfer == "linear" else encode_table(transfer)
