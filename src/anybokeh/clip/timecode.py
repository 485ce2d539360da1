"""SMPTE timecodes, hh:mm:ss:ff."""

from __future__ import annotations

import re
from fractions import Fraction


def advance(code: str, frames: int, rate: Fraction) -> str | None:
    """The timecode `frames` later at `rate` frames a second; None if `code` is not a timecode.

    Drop-frame codes (written with a semicolon) skip numbers as SMPTE ST 12-1 prescribes.
    """
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)", code.strip())
    if match is None:
        return None
    nominal = round(rate)
    drop = nominal // 15 if match[4] != ":" and nominal % 30 == 0 else 0
    hours, minutes, seconds, number = (int(match[i]) for i in (1, 2, 3, 5))
    total_minutes = hours * 60 + minutes
    count = (total_minutes * 60 + seconds) * nominal + number
    count += frames - drop * (total_minutes - total_minutes // 10)
    if drop:
        ten, rest = divmod(count, nominal * 600 - 9 * drop)
        count += drop * 9 * ten + drop * max(0, (rest - drop) // (nominal * 60 - drop))
    seconds, number = divmod(count, nominal)
    hours = seconds // 3600 % 24
    return f"{hours:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{match[4]}{number:02}"
