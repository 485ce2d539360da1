"""A photographer's terms in a clip: blur from the aperture, and the aperture that a blur amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from anybokeh.clip import ClipInfo, open_again
from anybokeh.clip.camera_metadata import camera_metadata
from anybokeh.disparity.metres import Metres
from anybokeh.errors import InputError
from anybokeh.focus import PartialTrack
from anybokeh.focus.opening import are_open, opened
from anybokeh.optics.camera import (
    LIMITS,
    METADATA,
    Camera,
    check_distance,
    is_metadata,
    label_of,
    named_camera,
)
from anybokeh.optics.thin_lens import blur_at_f1
from anybokeh.settings import RenderSettings

_LEAST_FOCUS = 0.005
"""Relative disparity below this is as good as infinitely far, so that no distance can stand for it."""
_FIELDS = ("focal_length", "sensor_width", "subject_distance")
_UNITS = {"focal_length": " mm", "sensor_width": " mm", "subject_distance": " m"}


class CameraOfClip(NamedTuple):
    """The camera that is meant for a clip.

    Attributes:
        camera: its f-number is one that counts where nothing else gives a blur.
        focus: metres that the lens was focused at, where the clip says so; may be infinite.
        notes: one-line remarks for the user.
    """

    camera: Camera
    focus: float | None = None
    notes: tuple[str, ...] = ()


def camera_of(settings: RenderSettings, info: ClipInfo) -> CameraOfClip:
    """The camera of the options, of the name among them, and of the clip's first image; InputError."""
    known: dict[str, float] = {} if settings.camera is None else named_camera(settings.camera)
    given = {name: value for name in _FIELDS if (value := getattr(settings, name)) is not None}
    if not is_metadata(settings.camera):
        return CameraOfClip(Camera(**{**known, **given}))
    told = _metadata(info)
    focus = told.pop("subject_distance", None)
    if focus is not None:
        told["subject_distance"] = min(focus, LIMITS["subject_distance"][1])
    try:
        camera = Camera(**{**told, **given})
    except InputError as error:
        raise InputError(f"camera {METADATA}, {info.path}: {error}") from None
    return CameraOfClip(camera, focus, _missing(info, camera, {*told, *given}, settings))


def _metadata(info: ClipInfo) -> dict[str, float]:
    with open_again(info) as clip:
        first = next(iter(clip), None)
    if first is None or first.header is None:
        raise InputError(
            f"camera {METADATA}: {info.path} holds no EXR images, which alone tell it; give --f-number, "
            "--focal-length and --sensor-width"
        )
    return camera_metadata(first.header)


def _missing(info: ClipInfo, camera: Camera, told: set[str], settings: RenderSettings) -> tuple[str, ...]:
    lacking = [
        f"no {label_of(name)}: {getattr(camera, name):g}{_UNITS[name]} is assumed"
        for name in _FIELDS
        if name not in told
    ]
    if camera.f_number is None and settings.f_number is None and settings.blur is None:
        lacking.append("no aperture: the blur is K")
    return (f"{info.path} tells {'; '.join(lacking)}",) if lacking else ()


@dataclass(frozen=True, eq=False)
class Photograph:
    """A clip as that camera takes it.

    Attributes:
        camera: of the clip.
        metres: the scale of its disparity; None where that is relative.
        aspect: displayed width over height.
        first: index of the frame whose focus lies at the subject's distance where disparity is relative.
    """

    camera: Camera
    metres: Metres | None
    aspect: float
    first: int

    def blur_at_f1(self, focus: np.ndarray) -> np.ndarray | None:
        """(frames,) K at f/1 for a focus (frames,) in disparity.

        None where disparity is relative and what is in focus first is infinitely far. Raises InputError where
        the focus lies within the focal length.
        """
        camera, scale = self.camera, self.metres
        focus = np.asarray(focus, np.float64)
        if scale is None:
            reference = float(focus[self.first])
            if reference < _LEAST_FOCUS:
                return None
            scale = Metres(0.0, 1 / (camera.subject_distance * reference))
        nearness = scale.nearness(focus)
        nearest = float(nearness.max())
        if nearest > 0:
            check_distance(1 / nearest, camera.focal_length, "the focus")
        return blur_at_f1(camera.focal_length, camera.sensor_width, nearness, scale.span, self.aspect)

    def blurred(
        self, sources: Sequence[PartialTrack], focus: np.ndarray
    ) -> tuple[tuple[PartialTrack, ...], np.ndarray, tuple[str, ...]]:
        """Sources whose blur is K alone, where an aperture gives it (frames,), and remarks; see `opened`.

        Raises InputError where an aperture cannot be brought to K.
        """
        if not are_open(sources):
            plain = tuple(sources)
            return plain, np.zeros(len(focus), bool), ()
        at_f1 = self.blur_at_f1(focus)
        if at_f1 is None:
            raise InputError(
                f"the focus of the first frame is {focus[self.first]:.3g}, infinitely far, so that no "
                "subject distance can stand for it: focus on something nearer, give maps with --depth-map "
                "metric, or --blur in place of an f-number"
            )
        made, by_aperture = opened(sources, at_f1)
        assumed = self.metres is None and by_aperture.any()
        note = (
            f"distances are assumed, as disparity is relative: what is in focus in the first frame stands "
            f"{self.camera.subject_distance:g} m away (--subject-distance)"
        )
        return made, by_aperture, (note,) if assumed else ()

    def f_number(self, focus: np.ndarray, blur: np.ndarray, frames: np.ndarray) -> float | None:
        """The smallest f-number that the blur of these frames amounts to; None without any blur."""
        try:
            at_f1 = self.blur_at_f1(focus)
        except InputError:
            return None
        if at_f1 is None:
            return None
        share = float((blur[frames] / at_f1[frames]).max())
        return round(1 / share, 3) if share > 0 else None


def asks_for_camera(settings: RenderSettings) -> bool:
    """Whether anything is said of the camera beside the aperture."""
    return any(one is not None for one in (settings.focal_length, settings.sensor_width, settings.camera))


def said(camera: Camera, f_number: float, assumed: bool) -> str:
    """One line that tells a blur as an aperture. assumed: whether distances are."""
    at = f", focused at {camera.subject_distance:g} m (assumed)" if assumed else ""
    return f"the strongest blur is that of f/{f_number:.3g} with {camera}{at}"
