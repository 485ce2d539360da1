"""Disparity from files: random access to one map a frame, checked and brought to [0, 1]."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, get_args

import numpy as np

from anybokeh.clip.headers import is_animated_png
from anybokeh.clip.pages import find_pages
from anybokeh.clip.sequences import SUFFIXES
from anybokeh.disparity import values
from anybokeh.disparity.arrays import open_array
from anybokeh.disparity.images import grey, open_image_folder
from anybokeh.disparity.metres import Metres
from anybokeh.disparity.official import OfficialTrack, read_official_names, without_tags
from anybokeh.disparity.values import DepthMap
from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import exists
from anybokeh.settings import DisparityFit as Fit

VIDEO_SUFFIXES = (
    *(
        ".mp4",
        ".mov",
        ".mkv",
        ".avi",
        ".webm",
        ".m4v",
        ".mpg",
        ".mpeg",
        ".mxf",
        ".ts",
        ".mts",
        ".m2ts",
        ".nut",
    ),
    *(".y4m", ".wmv", ".asf", ".flv", ".ogv", ".3gp", ".vob", ".gif", ".webp", ".apng"),
)
"""Of names that mean videos, whether they are there or not; files are opened whatever their names."""

_FIT_HINT = "expected the same aspect ratio; --disparity-fit stretch, crop or pad brings them to it"

# Models round their input to multiples of a patch, so their maps are a little stretched.
_ASPECT_TOLERANCE = 0.02


class DisparitySource(Protocol):
    """One disparity map a frame, read in any order from any thread.

    name: what to call it in reports. count: number of maps. size: (width, height) of the maps, None when only
    reading shows it. official: focus and blur when the file names carry them.
    """

    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def size(self) -> tuple[int, int] | None: ...
    @property
    def official(self) -> OfficialTrack | None: ...

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        """(height, width) float32 in [0, 1], 1 nearest.

        With a frame (height, width, 3), RGB of any type that clips have, the map is brought to the frame's
        size, its edges put where the frame has them. Raises InputError naming the file when its values are
        not usable.
        """
        ...


class Maps(Protocol):
    """Undigested maps, as image folders, array files and videos offer them.

    numbers: of the maps, ascending, where their names carry them. times: seconds of the maps, of videos.
    """

    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def numbers(self) -> tuple[int, ...] | None: ...
    @property
    def times(self) -> np.ndarray | None: ...
    def where(self, index: int) -> str: ...
    def read(self, index: int) -> np.ndarray: ...


class FileDisparity:
    """A DisparitySource over maps from files.

    numbers, times: of the maps, see `Maps`.
    """

    def __init__(
        self,
        maps: Maps,
        official: OfficialTrack | None = None,
        *,
        normalise: bool = False,
        depth_map: DepthMap | None = None,
        fit: Fit | None = None,
        edges: bool = True,
    ):
        self.name = maps.name
        self.count = maps.count
        # what is fitted may have any size
        self.size: tuple[int, int] | None = maps.size if fit is None else None
        self._fit: Fit | None = fit
        self.edges = edges
        self.official = official
        self.numbers = maps.numbers
        self.times = maps.times
        self._maps = maps
        self._normalise = normalise
        self._depth_map = depth_map
        self._stretched = normalise or depth_map == "metric"
        self._limits: tuple[float, float] | None = None
        self._limits_lock = threading.Lock()

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        disparity = self._disparity(index)
        if frame is None or disparity.shape == frame.shape[:2]:
            return disparity
        if self._fit is not None:
            disparity = fitted(disparity, (frame.shape[1], frame.shape[0]), self._fit)
        else:
            size = disparity.shape[1], disparity.shape[0]
            check_aspect(self.name, size, (frame.shape[1], frame.shape[0]), hint=_FIT_HINT)
        from anybokeh.disparity.resize import resize_disparity

        return resize_disparity(disparity, frame, edges=self.edges)

    @property
    def metres(self) -> Metres | None:
        """The scale of float maps of metres; the first question measures all of them.

        Integers count in a unit that they do not tell.
        """
        if self._depth_map != "metric" or self._maps.read(0).dtype.kind != "f":
            return None
        return Metres(*self._clip_limits())

    def check_first(self) -> None:
        """Raise InputError when the first map is not usable; what is wrong with all maps shows here."""
        first = self._unscaled(0)
        if not self._stretched:
            values.check_unit(first, self._maps.where(0))

    def _disparity(self, index: int) -> np.ndarray:
        # (height, width)
        result = self._unscaled(index)
        if self._stretched:
            result = values.stretch(result, *self._clip_limits())
        else:
            result = values.check_unit(result, self._maps.where(index))
        return 1 - result if self._depth_map == "near-dark" else result

    def _unscaled(self, index: int) -> np.ndarray:
        if not 0 <= index < self.count:
            raise IndexError(f"map {index} of {self.count}")
        where = self._maps.where(index)
        result = values.as_float(grey(self._maps.read(index), where), where)
        if self._depth_map == "metric":
            return values.inverse_depth(result)
        return values.check_finite(result, where)

    def _clip_limits(self) -> tuple[float, float]:
        # One pass over the whole clip, by whichever thread reads first.
        with self._limits_lock:
            if self._limits is None:
                self._limits = self._measure_limits()
            return self._limits

    def _measure_limits(self) -> tuple[float, float]:
        def limits(index: int) -> tuple[float, float]:
            result = self._unscaled(index)
            if self._normalise:
                return float(result.min()), float(result.max())
            return 0.0, values.robust_maximum(result)

        with ThreadPoolExecutor(2) as pool:
            lows, highs = zip(*pool.map(limits, range(self.count)), strict=True)
        low, high = min(lows), max(highs)
        if high <= low:
            what = (
                "depth that is finite and above zero"
                if self._depth_map == "metric"
                else "more than one value"
            )
            raise InputError(f"{self.name}: cannot be normalised, expected {what}")
        return low, high


def open_disparity(
    path: str | Path,
    *,
    normalise: bool = False,
    depth_map: DepthMap | None = None,
    fit: Fit | None = None,
    channel: str | None = None,
    edges: bool = True,
) -> DisparitySource:
    """Open disparity maps: a folder of images, a .npy or .npz array (frames, height, width), a grey video.

    Integers are divided by their type's maximum and never stretched. Floats must lie in [0, 1] unless
    `normalise` maps the whole clip's minimum and maximum to 0 and 1, in one pass over all maps at the first
    read. `depth_map="near-dark"`: dark is near, disparity is 1 - value. `depth_map="metric"`: values are
    distances (metres, or any unit that grows linearly with distance), disparity is 1 / distance divided by
    the largest of the frames' 99.9th percentiles; infinite distance, zero and less become disparity 0.

    fit: what to do with maps of another aspect ratio than the frames, see `fitted`; None refuses them.
    channel: that which holds depth in EXR images of several, see `anybokeh.clip.exr.depth_channel`.
    edges: whether the edges of smaller maps are put where the frame has them, see `resize_disparity`; not for
    maps that are steadied afterwards.

    Names, headers, sizes, counts and the first map are checked here, the other maps when they are read.
    Raises InputError.
    """
    if depth_map is not None and depth_map not in get_args(DepthMap):
        raise InputError(
            f"depth map kind {depth_map!r} is unknown; expected {' or '.join(get_args(DepthMap))}"
        )
    if fit is not None and fit not in get_args(Fit):
        raise InputError(f"disparity fit is {fit!r}: expected {', '.join(get_args(Fit))}")
    path = Path(path)
    official = None
    if not exists(path):
        raise InputError(f"{path}: no such file or folder; expected disparity maps")
    several = path.is_file() and (find_pages(path) is not None or is_animated_png(path))
    if path.is_dir() or (path.suffix.lower() in SUFFIXES and not several):
        maps = open_image_folder(path, without_tags, channel)
        official = read_official_names(maps.paths)
    elif path.suffix.lower() in (".npy", ".npz"):
        maps = open_array(path)
    else:
        from anybokeh.disparity.video import open_map_video

        try:
            maps = open_map_video(path)
        except InputError:
            if path.suffix.lower() in VIDEO_SUFFIXES:
                raise
            raise InputError(
                f"{path}: is no disparity; expected a folder of images, a .npy or .npz file, or a video"
            ) from None
    source = FileDisparity(maps, official, normalise=normalise, depth_map=depth_map, fit=fit, edges=edges)
    source.check_first()
    return source


def check_disparity(source: DisparitySource, frame_count: int, frame_size: tuple[int, int]) -> None:
    """Raise InputError unless there is one map a frame, of the frames' shape (size is width, height)."""
    if source.count != frame_count:
        raise InputError(
            f"{source.name}: holds {source.count} disparity maps but the clip has {frame_count} frames; "
            "expected one map a frame"
        )
    if source.size is not None:
        check_aspect(source.name, source.size, frame_size, hint=_FIT_HINT)


def fitted(disparity: np.ndarray, frame_size: tuple[int, int], fit: Fit) -> np.ndarray:
    """A map (height, width) brought to the aspect ratio of frames (width, height), around its middle.

    `stretch` leaves it: resizing stretches it. `crop` cuts off what lies beyond the frame, where frames were
    padded for a model. `pad` repeats its rim where frames were cropped for a model.
    """
    height, width = disparity.shape
    rows, columns = (
        round(width * frame_size[1] / frame_size[0]),
        round(height * frame_size[0] / frame_size[1]),
    )
    if fit == "crop":
        top, left = max(0, height - rows) // 2, max(0, width - columns) // 2
        return disparity[top : top + max(1, rows), left : left + max(1, columns)]
    if fit == "pad":
        more = [
            (extra // 2, extra - extra // 2) for extra in (max(0, rows - height), max(0, columns - width))
        ]
        return np.pad(disparity, more, mode="edge")
    return disparity


def check_aspect(
    name: str,
    size: tuple[int, int],
    frame_size: tuple[int, int],
    what: str = "maps",
    than: str = "frames",
    hint: str = "expected the same aspect ratio",
) -> None:
    """Raise InputError when (width, height) is not the frame's shape, up to the rounding of models."""
    if _same_shape(size, frame_size):
        return
    if _same_shape((size[1], size[0]), frame_size):
        hint = "they lie on their side: turn them as the clip is displayed"
    raise InputError(
        f"{name}: {what} are {size[0]}x{size[1]} but {than} are {frame_size[0]}x{frame_size[1]}; {hint}"
    )


def _same_shape(size: tuple[int, int], frame_size: tuple[int, int]) -> bool:
    width, height = size
    expected_height = width * frame_size[1] / frame_size[0]
    expected_width = height * frame_size[0] / frame_size[1]
    return (
        abs(height / expected_height - 1) <= _ASPECT_TOLERANCE
        or abs(height - expected_height) <= 1
        or abs(width - expected_width) <= 1
    )
