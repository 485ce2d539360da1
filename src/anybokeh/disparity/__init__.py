"""Where disparity comes from, and making it steady. Disparity is float32 in [0, 1], 1 nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anybokeh.disparity.files import DisparitySource, check_disparity, open_disparity
from anybokeh.disparity.official import OfficialClip, OfficialTrack, read_official_csv

if TYPE_CHECKING:
    from anybokeh.disparity.steadying import SteadySettings, steadied, steady

__all__ = [
    "DisparitySource",
    "OfficialClip",
    "OfficialTrack",
    "SteadySettings",
    "check_disparity",
    "open_disparity",
    "read_official_csv",
    "steadied",
    "steady",
]


def __getattr__(name: str) -> Any:
    # Compiled code is loaded where it is used: checking a command's arguments must not wait for it.
    if name in ("SteadySettings", "steadied", "steady"):
        from anybokeh.disparity import steadying

        return getattr(steadying, name)
    raise AttributeError(f"module 'anybokeh.disparity' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
