"""Which source of disparity a render takes: files, a depth network, or what is built in.

`auto` takes the usual network, fetched if need be; else the built-in estimate. It says on one line which and
why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.disparity.estimating import estimate_disparity
from anybokeh.disparity.files import VIDEO_SUFFIXES, DisparitySource, open_disparity
from anybokeh.disparity.find_network import SUFFIX, find_network, find_usual_network, is_hub_id
from anybokeh.disparity.values import DepthMap
from anybokeh.errors import InputError
from anybokeh.options.path_rule import is_registered
from anybokeh.runtime.file_patterns import exists
from anybokeh.runtime.steps import Progress, Steps, steps_of
from anybokeh.settings import DISPARITY_SOURCES, DisparityFit

BUILT_IN: dict[str, str] = {"salient": "anybokeh.disparity.salient:choose_salient"}
"""Estimates that need no download, by the name that --disparity takes: "module:function".

The function takes the clip's `ClipInfo`, its times and `EstimateSettings` and returns a `Source`. `auto`
falls back on the one called "salient". Packages list such functions as entry points of the group
`anybokeh.disparity`, by names of their own.
"""
FALLBACK = "salient"
_ARRAY_SUFFIXES = (".npy", ".npz", ".png", ".tif", ".tiff", ".exr", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Source:
    """Disparity, and remarks on where it came from.

    steady: whether it is so without steadying. soft: whether its outlines are guesses, see `anybokeh.Scene`.
    """

    disparity: DisparitySource
    notes: tuple[str, ...] = ()
    steady: bool = False
    soft: bool = False


@dataclass(frozen=True, eq=False)
class EstimateSettings:
    """How disparity is estimated where it is.

    Attributes:
        device: where networks run: auto, cpu, cuda or mps.
        short_side: pixels of the picture's shorter side that a network sees; None is its own size.
        shown: only these frames are needed; None for all.
        progress: told how far it is.
    """

    device: str = "auto"
    short_side: int | None = None
    shown: range | None = None
    progress: Steps | Progress | None = None


def find_disparity(
    source: str | Path,
    info: ClipInfo,
    times: np.ndarray,
    *,
    normalise: bool = False,
    depth_map: DepthMap | None = None,
    fit: DisparityFit | None = None,
    channel: str | None = None,
    edges: bool = True,
    estimate: EstimateSettings | None = None,
) -> Source:
    """Disparity of a clip from what `--disparity` names.

    Args:
        source: a folder, array or video of maps; a folder, ONNX file or hub id of a depth network; `auto`,
            `salient`, or the name of an estimate that another package registers.
        info: the clip.
        times: (frames,) seconds of all frames of the source.
        normalise, depth_map, fit, channel: of maps, see `open_disparity`.
        edges: of maps and networks, see `open_disparity`; a built-in estimate always has them.

    Raises:
        InputError: there is no such thing, or it cannot be used.
    """
    name = str(source)
    if not is_estimated(name):
        return Source(
            open_disparity(
                source, normalise=normalise, depth_map=depth_map, fit=fit, channel=channel, edges=edges
            )
        )
    if normalise or depth_map is not None:
        option = "--normalise" if normalise else f"--depth-map {depth_map}"
        raise InputError(f"{option}: is for maps, but disparity is estimated by {name}; leave it out")
    estimate = estimate or EstimateSettings()
    if _is_named(name):
        return _built_in(name, info, times, estimate)
    try:
        options = {"device": estimate.device, "short_side": estimate.short_side}
        estimator, notes = find_usual_network(**options) if name == "auto" else find_network(name, **options)
    except InputError as error:
        if name != "auto" or (estimate.short_side is not None and "depth size" in str(error)):
            raise
        try:
            found = _built_in(FALLBACK, info, times, estimate)
        except InputError:
            raise InputError(
                f"disparity is 'auto' but nothing here can estimate it: {error}; or give --disparity PATH "
                "(a folder of PNGs, a .npy file or a video, one map a frame, white is near)"
            ) from None
        first, *others = found.notes or (f"disparity is an estimate by {FALLBACK}",)
        return replace(found, notes=(f"{first} (no depth network: {error})", *others))
    progress = steps_of(estimate.progress).step("estimating depth")
    maps = estimate_disparity(
        info, len(times), estimator, shown=estimate.shown, times=times, progress=progress
    )
    maps.edges = edges
    return Source(maps, notes)


def with_matte(name: str | None, device: str) -> Callable[[DisparitySource], DisparitySource]:
    """What brings a VitMatte model of that name to a source; None changes nothing. Raises InputError."""
    if name is None:
        return lambda source: source
    from anybokeh.disparity.matting import MattedDisparity, load_matting

    matting = load_matting(name, device=device)
    return lambda source: MattedDisparity(source, matting)


def without_matte(source: DisparitySource) -> DisparitySource:
    """The source that `with_matte` was given."""
    return getattr(source, "source", source)


def is_estimated(source: str | Path) -> bool:
    """Whether `--disparity` names an estimator rather than maps."""
    name, path = str(source), Path(source)
    if name == "auto" or _is_named(name) or path.suffix.lower() == SUFFIX:
        return True
    if path.exists():
        return path.is_dir() and (path / "config.json").is_file()
    if exists(path):
        return False
    files = (*VIDEO_SUFFIXES, *_ARRAY_SUFFIXES)
    return is_hub_id(name) and not path.parent.is_dir() and path.suffix.lower() not in files


def _is_named(name: str) -> bool:
    """Whether it is an estimate by its name, built in or of another package."""
    return name in (FALLBACK, *BUILT_IN) or is_registered(DISPARITY_SOURCES, name)


def _built_in(name: str, info: ClipInfo, times: np.ndarray, settings: EstimateSettings) -> Source:
    if name not in BUILT_IN and name != FALLBACK:
        (entry, *_) = entry_points(group=DISPARITY_SOURCES, name=name)
        return entry.load()(info, times, settings)
    if name not in BUILT_IN:
        raise InputError(
            f"disparity is {name!r}: this version has no such built-in estimate; give --disparity PATH"
        )
    module, function = BUILT_IN[name].split(":")
    make: Callable[[ClipInfo, np.ndarray, EstimateSettings], Source] = getattr(
        import_module(module), function
    )
    return make(info, times, settings)
