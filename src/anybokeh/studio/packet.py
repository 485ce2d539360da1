"""Arrays for the page in one answer."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_ALIGNED = 16


def packet(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A header and arrays; `packet.js` takes it apart.

    The length of the header in four bytes, the least significant first; the header as JSON, with `arrays`,
    where the bytes of each array begin and how many they are; and these.
    """
    data = {name: np.ascontiguousarray(values).tobytes() for name, values in arrays.items()}
    # where they begin depends on how long that is written
    room = len(json.dumps({**header, "arrays": {name: [2**40, 2**40] for name in data}}))
    at = _up(4 + room)
    places = {}
    for name, one in data.items():
        places[name] = [at, len(one)]
        at = _up(at + len(one))
    text = json.dumps({**header, "arrays": places}).ljust(_up(4 + room) - 4).encode()
    parts = [struct.pack("<I", len(text)), text]
    for one in data.values():
        parts += [one, bytes(_up(len(one)) - len(one))]
    return b"".join(parts)


def _up(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
