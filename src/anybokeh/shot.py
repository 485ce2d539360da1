"""A shot: one run of consecutive frames with all that a renderer needs to know about them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.notebook import picture_table
from anybokeh.optics.light import TRANSFERS, encode
from anybokeh.settings import FOCUS_LIMITS

_SHOWN = 4
"""Frames in a notebook."""
_OVERSHOOT = 0.01
"""Rounding, and the ringing of scaling filters and decoders."""


@dataclass(frozen=True, eq=False, repr=False)
class Behind:
    """What is known to be behind the nearer surfaces of one frame: at most two surfaces a pixel, sparse.

    Attributes:
        begins: (height + 1,) int32, where the samples of each row begin.
        x: (samples,) int32, columns, ascending within a row; the nearer of two surfaces comes first.
        colour: (samples, 3) float32 in [0, 1], encoded as the frames are.
        disparity: (samples,) float32 in [0, 1], less than that of the pixel itself.
        confidence: (samples,) float32 in [0, 1].
        alpha: (samples,) float32 in [0, 1] where the clip has an alpha channel, or None.
        gain: (samples, 3) float32 >= 1 on linear light, where lamps were brighter than the camera recorded,
            or None.
    """

    begins: np.ndarray
    x: np.ndarray
    colour: np.ndarray
    disparity: np.ndarray
    confidence: np.ndarray
    alpha: np.ndarray | None = None
    gain: np.ndarray | None = None

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(frozen=True, eq=False, repr=False)
class Scene:
    """What the optics need to know of the scene. Two are equal only if they are the same object.

    Attributes:
        disparity: (frames, height, width) float32 in [0, 1], 1 is nearest.
        radiance: gain on linear light where the camera clipped, float32 >= 0, (frames, height, width), or
            (frames, 3, height, width) where the colour of what was clipped is known; or None.
        hidden: for each frame what is known to be behind nearer surfaces, or None; or None altogether.
        highlights: how far the lens's rule for highlights acts, (frames, height, width) float32 in [0, 1];
            None is everywhere in full.
        soft: whether disparity is a guess that blends from one surface into the other, and outlines are drawn
            so, too; else they are placed by the colours around them.
    """

    disparity: np.ndarray
    radiance: np.ndarray | None = None
    hidden: tuple[Behind | None, ...] | None = field(default=None, repr=False)
    highlights: np.ndarray | None = field(default=None, repr=False)
    soft: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "disparity", as_array(self.disparity))
        if self.radiance is not None:
            object.__setattr__(self, "radiance", as_array(self.radiance))
        if self.highlights is not None:
            object.__setattr__(self, "highlights", as_array(self.highlights))

    def part(self, kept: slice) -> Scene:
        """The scene of some of the frames."""
        return Scene(
            self.disparity[kept],
            None if self.radiance is None else self.radiance[kept],
            None if self.hidden is None else self.hidden[kept],
            None if self.highlights is None else self.highlights[kept],
            self.soft,
        )

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(frozen=True, eq=False, repr=False)
class Shot:
    """Frames, scene and focus of one run of consecutive frames.

    Two are equal only if they are the same object. Arrays may be numpy arrays or torch tensors; scalars hold
    for every frame.

    Attributes:
        frames: (frames, 3, height, width) float32 in [0, 1], encoded with `transfer` (linear may be anything
            finite); what overshoots by a hundredth is taken, and clipped where it is blurred.
        scene: a `Scene`, or its disparity alone, (frames, height, width) in [0, 1].
        focus: (frames,) disparity of the focal plane, in [0, 1].
        blur: (frames,) K, radius in pixels of a 1024-pixel-wide picture per unit of disparity difference.
        range: (frames,) half-width in disparity around the focus inside which all stays perfectly sharp.
        transfer: transfer function of the frames: srgb, bt709, pq, hlg or linear.
        pixel_aspect: displayed width of a stored pixel over its height.
        before, after: frames at the beginning and the end that only give context; results leave them out.

    Raises:
        InputError: shapes do not match or values lie outside their range.
    """

    frames: Any
    scene: Any
    focus: Any
    blur: Any
    range: Any = 0.0
    transfer: str = "srgb"
    pixel_aspect: float = 1.0
    before: int = 0
    after: int = 0
    _from_torch: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if hasattr(self.frames, "detach"):
            object.__setattr__(self, "_from_torch", self.frames)
        if self.transfer not in TRANSFERS:
            raise InputError(f"transfer is {self.transfer!r}: expected one of {', '.join(TRANSFERS)}")
        frames = as_array(self.frames)
        if frames.ndim != 4 or frames.shape[1] != 3 or 0 in frames.shape:
            raise InputError(f"frames have shape {frames.shape}: expected (frames, 3, height, width)")
        _check_frames(frames, self.transfer)
        scene = self.scene if isinstance(self.scene, Scene) else Scene(self.scene)
        count, _, height, width = frames.shape
        map_, colours = (count, height, width), (count, 3, height, width)
        if scene.disparity.shape != map_:
            raise InputError(f"disparity has shape {scene.disparity.shape}: expected {map_}, one map a frame")
        if scene.radiance is not None and scene.radiance.shape not in (map_, colours):
            raise InputError(f"radiance has shape {scene.radiance.shape}: expected {map_} or {colours}")
        if scene.highlights is not None:
            _check_highlights(scene.highlights, map_)
        if scene.hidden is not None and len(scene.hidden) != count:
            raise InputError(f"hidden has {len(scene.hidden)} entries: expected {count}, one for each frame")
        _check_disparity(scene.disparity)
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "scene", scene)
        for name, high in FOCUS_LIMITS.items():
            object.__setattr__(self, name, _per_frame(name, getattr(self, name), count, high))
        if not 0.1 <= self.pixel_aspect <= 10:
            raise InputError(f"pixel aspect is {self.pixel_aspect}: expected 0.1 to 10")
        if min(self.before, self.after) < 0 or self.before + self.after >= count:
            raise InputError(f"{self.before} + {self.after} of {count} frames are context: expected fewer")

    @property
    def disparity(self) -> np.ndarray:
        """(frames, height, width) float32 in [0, 1]."""
        return self.scene.disparity

    @property
    def display_width(self) -> float:
        """Width in square pixels of the frames' height; K is scaled by it."""
        return self.frames.shape[3] * self.pixel_aspect

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return _shown(self)

    def _repr_html_(self) -> str:
        """For notebooks: a few frames above their disparity."""
        some = np.unique(np.linspace(0, len(self) - 1, _SHOWN).round().astype(int))
        frames = np.clip(self.frames[some].transpose(0, 2, 3, 1), 0, 1)
        shown = encode(frames, "srgb") if self.transfer == "linear" else frames
        captions = [f"frame {i}: focus {self.focus[i]:.3g}, blur {self.blur[i]:.3g}" for i in some]
        return picture_table([list(shown), list(self.disparity[some])], captions, repr(self))

    def without_context(self) -> Shot:
        """The frames that count as results, without those that only give context."""
        if not (self.before or self.after):
            return self
        kept = slice(self.before, len(self) - self.after)
        arrays = self.frames[kept], self.scene.part(kept), self.focus[kept], self.blur[kept], self.range[kept]
        return Shot(*arrays, self.transfer, self.pixel_aspect, _from_torch=self._from_torch)

    def like_input(self, result: np.ndarray) -> Any:
        """A result in the kind of array that the frames were given as."""
        if self._from_torch is None:
            return result
        import torch

        return torch.from_numpy(result).to(self._from_torch.device)


def as_array(values: Any) -> np.ndarray:
    """A contiguous float32 numpy array of an array or a torch tensor."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.ascontiguousarray(values, dtype=np.float32)


def _shown(owner: Behind | Scene | Shot) -> str:
    """One line: of arrays their type, shape and range."""
    values = [(one.name, getattr(owner, one.name)) for one in fields(owner) if one.repr]
    shown = (
        f"{name}={_summary(value) if isinstance(value, np.ndarray) else repr(value)}"
        for name, value in values
    )
    return f"{type(owner).__name__}({', '.join(shown)})"


def _summary(array: np.ndarray) -> str:
    text = f"{array.dtype}{array.shape}"
    return f"{text} in [{array.min():.3g}, {array.max():.3g}]" if array.size else text


def _check_frames(frames: np.ndarray, transfer: str) -> None:
    low, high = float(frames.min()), float(frames.max())
    if transfer == "linear":
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InputError("frames hold NaN or infinite values: give them finite values before")
    elif not (low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT):
        hint = "; divide 8-bit values by 255" if 2 < high <= 255 else ""
        raise InputError(f"frames run from {low:g} to {high:g}: expected [0, 1] without NaN{hint}")


def _check_disparity(disparity: np.ndarray) -> None:
    low, high = disparity.min(), disparity.max()
    if not (low >= -1e-6 and high <= 1 + 1e-6):
        raise InputError(
            f"disparity runs from {low:g} to {high:g}: expected [0, 1] without NaN, 1 is nearest"
        )


def _check_highlights(highlights: np.ndarray, shape: tuple[int, ...]) -> None:
    if highlights.shape != shape:
        raise InputError(f"highlights have shape {highlights.shape}: expected {shape}, one map a frame")
    low, high = float(highlights.min()), float(highlights.max())
    if not (low >= 0 and high <= 1):
        raise InputError(f"highlights run from {low:g} to {high:g}: expected [0, 1] without NaN")


def _per_frame(name: str, values: Any, count: int, high: float) -> np.ndarray:
    values = as_array(values).reshape(-1)
    if len(values) == 1:
        values = np.repeat(values, count)
    if len(values) != count:
        raise InputError(f"{name} has {len(values)} values: expected one, or {count}, one for each frame")
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= high):
        raise InputError(f"{name} runs from {values.min():g} to {values.max():g}: expected [0, {high:g}]")
    return values
