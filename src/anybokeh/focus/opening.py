"""Blur from the aperture: openings of sources, 1 / f-number, made K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.track import PartialTrack
from anybokeh.settings import MAX_BLUR


def are_open(sources: Sequence[PartialTrack]) -> bool:
    """Whether any source gives an f-number."""
    return any(source.opening is not None and bool((source.opening > 0).any()) for source in sources)


def opened(sources: Sequence[PartialTrack], at_f1: np.ndarray) -> tuple[tuple[PartialTrack, ...], np.ndarray]:
    """Sources whose blur is K alone, and where an aperture is what gives it.

    A lens has no range that it keeps sharp: where the first source that gives a blur gives an f-number, the
    range is for others to give, and 0 is what is left.

    Args:
        sources: the first that speaks counts.
        at_f1: (frames,) K of the lens at f/1, see `anybokeh.optics.thin_lens.blur_at_f1`.

    Returns:
        The sources, and (frames,) bool.

    Raises:
        InputError: an aperture makes more blur than K may be.
    """
    silent, by_aperture = np.ones(len(at_f1), bool), np.zeros(len(at_f1), bool)
    result = []
    for source in sources:
        opening = source.opening
        if opening is None:
            speaks = np.zeros(len(at_f1), bool) if source.blur is None else ~np.isnan(source.blur)
        else:
            blur = opening * at_f1
            blur = blur if source.blur is None else source.blur + blur
            speaks = ~np.isnan(blur)
            here = silent & speaks & (opening > 0)
            _check(blur, opening, here)
            by_aperture |= here
            source = replace(source, blur=blur.astype(np.float32), opening=None)
        silent &= ~speaks
        result.append(source)
    return tuple(result), by_aperture


def _check(blur: np.ndarray, opening: np.ndarray, frames: np.ndarray) -> None:
    wide = np.flatnonzero(frames & (blur > MAX_BLUR))
    if wide.size:
        first = wide[0]
        raise InputError(
            f"f-number {1 / opening[first]:.3g} is a blur of K {blur[first]:.0f} at frame {first}: expected"
            f" at most {MAX_BLUR:g}; give a larger f-number, a shorter focal length or a larger distance"
        )
