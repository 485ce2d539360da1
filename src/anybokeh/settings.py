"""The table of options of a render: each is told once, here or in `Lens`; everything else derives from it.

Command line, batch columns, what a resumed render must have the same, files that are fetched or looked for,
the studio's document and the reference page of the docs all read this table; see `anybokeh.options`. A new
option is a new field, and the code that uses it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from anybokeh.errors import InputError
from anybokeh.optics.camera import LIMITS, named_camera
from anybokeh.optics.lens import Lens
from anybokeh.options import Flag, PathRule, option
from anybokeh.options.option import FINDING, check

Device = Literal["auto", "cpu", "webgpu", "cuda", "mps"]
OnDamage = Literal["fail", "repeat"]
Deinterlace = Literal["auto", "on", "off"]
DisparityTiming = Literal["by-number", "by-time", "stretch"]
DisparityFit = Literal["stretch", "crop", "pad"]

DISPARITY_SOURCES = "anybokeh.disparity"
"""Entry points by which packages register depth sources."""
MAX_BLUR = 512.0
"""K above this is refused: at 64 a picture is already extremely blurred."""
FOCUS_LIMITS = {"focus": 1.0, "blur": MAX_BLUR, "range": 1.0}
"""The most that may be asked for of each; the least is 0."""


class FocusOfFrames(Protocol):
    """Focus, blur and range of every frame of a clip, as `anybokeh.FocusTrack` holds them."""

    @property
    def focus(self) -> Any: ...
    @property
    def blur(self) -> Any: ...
    @property
    def range(self) -> Any: ...


_DEPTH = "where is what"
_FOCUS = "focus and blur"
_CLIP = "the clip"
_RENDER = "how to render"
_LENS = "lens"
_OUTPUT = "output"
_RENDER_AND_TRACK = ("render", "batch", "track")
_RENDER_AND_DEPTH = ("render", "batch", "depth")


_GRAIN_WORDS = {"match": 1.0, "off": 0.0}


def _read_grain(text: str) -> dict[str, Any]:
    try:
        return {"grain": _GRAIN_WORDS[text] if text in _GRAIN_WORDS else float(text)}
    except ValueError:
        raise InputError(f"grain is {text!r}: expected match, off or a share such as 0.5") from None


def _grain_text(fields: Mapping[str, Any]) -> str:
    share = fields["grain"]
    return next((word for word, value in _GRAIN_WORDS.items() if value == share), f"{share:g}")


@dataclass(frozen=True)
class RenderSettings:
    """Everything about a render but its input and output; each field's help says what it is."""

    disparity: str | Path = option(
        "auto",
        Flag(
            "disparity",
            "maps (folder, .npy, .npz or video; white is near), a depth network (ONNX file, folder or hub "
            "id), salient, or auto: the best estimate there is",
            _DEPTH,
            "SOURCE",
            commands=FINDING,
            studio="own",
            everyday=True,
        ),
        path=PathRule(words=("auto", "salient"), registered=DISPARITY_SOURCES, hub=True, beside_clips=True),
    )
    depth_size: int | None = option(
        None,
        Flag(
            "depth_size",
            "pixels of the picture's shorter side that a depth network sees",
            _DEPTH,
            "PIXELS",
            usual="392 for ONNX files, else the network's own size",
            commands=FINDING,
            sensible="14 to 4096, mostly 252 to 1036",
        ),
    )
    normalise: bool = option(
        False,
        Flag("normalise", "stretch float maps to [0, 1], once for the whole clip", _DEPTH, commands=FINDING),
    )
    depth_map: Literal["near-dark", "metric"] | None = option(
        None,
        Flag(
            "depth_map",
            "the maps hold depth: pictures in which near is dark, or metres",
            _DEPTH,
            commands=FINDING,
        ),
    )
    depth_channel: str | None = option(
        None,
        Flag(
            "depth_channel",
            "channel of EXR maps that holds depth, such as ViewLayer.Depth.Z",
            _DEPTH,
            "NAME",
            usual="the one called Z or depth, else the only one",
            commands=FINDING,
        ),
    )
    disparity_timing: DisparityTiming | None = option(
        None,
        Flag(
            "disparity_timing",
            "which map belongs to which frame: by the numbers of images, by the times of videos, or all "
            "maps spread over the clip",
            _DEPTH,
            usual="by number, and by time for videos of another rate",
            commands=FINDING,
        ),
    )
    disparity_fit: DisparityFit | None = option(
        None,
        Flag(
            "disparity_fit",
            "maps of another shape than the frames: stretch them, crop what frames were padded by, or pad "
            "what they were cropped by",
            _DEPTH,
            usual="an error",
            commands=FINDING,
        ),
    )
    focus: str | float | FocusOfFrames | None = option(
        None,
        Flag(
            "focus",
            "disparity in [0, 1], metres such as 2.4m, point:X,Y[@SECONDS], "
            "box:LEFT,TOP,RIGHT,BOTTOM[@SECONDS], mask:PATH, subject, subject:N or auto",
            _FOCUS,
            "SPEC",
            usual="of the track or the maps' names, else auto",
            commands=_RENDER_AND_TRACK,
            studio="track",
            everyday=True,
        ),
        path=PathRule(prefix="mask:"),
    )
    blur: float | None = option(
        None,
        Flag(
            "blur",
            "K, the radius of the blur at full disparity difference, in pixels of a picture 1024 wide",
            _FOCUS,
            "K",
            usual="16",
            commands=_RENDER_AND_TRACK,
            studio="track",
            everyday=True,
            sensible="8 to 64 look like lenses",
        ),
        low=0,
        high=MAX_BLUR,
        hint="K is 16 for a portrait lens, 64 for an extreme one",
    )
    f_number: float | None = option(
        None,
        Flag(
            "f_number",
            "the aperture in place of --blur: what a thin lens blurs, exactly so with depth in metres",
            _FOCUS,
            "N",
            usual="of the camera phone or metadata; else --blur",
            commands=_RENDER_AND_TRACK,
            studio="track",
            sensible="1.4 is wide open, 22 nearly a pinhole",
        ),
        label="f-number",
        low=LIMITS["f_number"][0],
        high=LIMITS["f_number"][1],
        hint="1.4 is wide open, 22 nearly a pinhole",
    )
    focal_length: float | None = option(
        None,
        Flag(
            "focal_length",
            "focal length in millimetres, for --f-number",
            _FOCUS,
            "MM",
            usual="of the camera, else 50",
            commands=_RENDER_AND_TRACK,
            sensible="mostly 18 to 200",
        ),
        low=LIMITS["focal_length"][0],
        high=LIMITS["focal_length"][1],
        hint="millimetres",
    )
    sensor_width: float | None = option(
        None,
        Flag(
            "sensor_width",
            "millimetres of the sensor that the longer side of the picture covers, for --f-number",
            _FOCUS,
            "MM",
            usual="of the camera, else 36",
            commands=_RENDER_AND_TRACK,
        ),
        low=LIMITS["sensor_width"][0],
        high=LIMITS["sensor_width"][1],
        hint="millimetres",
    )
    subject_distance: float | None = option(
        None,
        Flag(
            "subject_distance",
            "metres to what is in focus in the first frame, for --f-number where disparity is relative",
            _FOCUS,
            "METRES",
            usual="2",
            commands=_RENDER_AND_TRACK,
        ),
        low=LIMITS["subject_distance"][0],
        high=LIMITS["subject_distance"][1],
        hint="metres",
    )
    camera: str | None = option(
        None,
        Flag(
            "camera",
            "full frame, super35, apsc, mft, 1inch (their sensor widths), phone (focal length and f-number "
            "too), or metadata: what the clip's EXR images say",
            _FOCUS,
            "NAME",
            commands=_RENDER_AND_TRACK,
        ),
    )
    focus_range: float | None = option(
        None,
        Flag(
            "focus_range",
            "half-width in disparity around the focus that stays sharp",
            _FOCUS,
            "R",
            usual="0; a followed thing's own depth, unless an f-number gives the blur",
            commands=_RENDER_AND_TRACK,
            studio="track",
            everyday=True,
            sensible="mostly 0.02 to 0.15",
        ),
        low=0,
        high=1,
        hint="half-width in disparity around the focus",
    )
    focus_speed: float | None = option(
        None,
        Flag(
            "focus_speed",
            "how fast the focus moves: 1 racks in half a second, 2 in half of that",
            _FOCUS,
            "S",
            usual="1 for subjects; points and masks as fast as they are measured",
            commands=_RENDER_AND_TRACK,
            sensible="mostly 0.5 to 4",
        ),
        low=0.05,
        high=50,
        hint="1 is half a second",
    )
    subject_model: str | Path = option(
        "auto",
        Flag(
            "subject_model",
            "SAM 2 or EdgeTAM that follows points and boxes (folder or hub id); auto: from the local cache; "
            "off: corners are followed",
            _FOCUS,
            "MODEL",
            commands=_RENDER_AND_TRACK,
        ),
        path=PathRule(words=("auto", "off"), hub=True),
    )
    track: str | Path | None = option(
        None,
        Flag(
            "track",
            "keyframes of focus, blur or f-number, and range (JSON, CSV or OpenTimelineIO)",
            _FOCUS,
            "FILE",
            commands=_RENDER_AND_TRACK,
            studio="track",
        ),
        path=PathRule(),
    )
    on_damage: OnDamage = option(
        "fail",
        Flag(
            "on_damage",
            "frames that cannot be decoded: fail, or repeat the last good one and say which",
            _CLIP,
            commands=_RENDER_AND_TRACK,
        ),
        label="on damage",
    )
    fps: float | None = option(
        None,
        Flag(
            "fps",
            "images a second, for folders and patterns of images",
            _CLIP,
            "RATE",
            usual="what EXR images say, else 24",
            commands=FINDING,
            sensible="mostly 24 to 60",
        ),
        low=0.01,
        high=1000,
        hint="images a second",
    )
    deinterlace: Deinterlace = option(
        "auto",
        Flag(
            "deinterlace",
            "interlaced video: auto is what is flagged so and looks so, on is everything",
            _CLIP,
            commands=FINDING,
        ),
    )
    start: float | None = option(
        None,
        Flag(
            "start",
            "first moment, in seconds",
            _CLIP,
            "S",
            usual="the first frame",
            sensible="0 to the clip's length",
            commands=_RENDER_AND_TRACK,
            studio="render",
        ),
    )
    end: float | None = option(
        None,
        Flag(
            "end",
            "where to stop, in seconds",
            _CLIP,
            "S",
            usual="after the last frame",
            sensible="after --start",
            commands=_RENDER_AND_TRACK,
            studio="render",
        ),
    )
    renderer: str = option(
        "auto",
        Flag(
            "renderer",
            "layered (exact lens blur; auto is the same), nano, or a one-step model (folder, name or hub id)",
            _RENDER,
            "NAME",
        ),
        path=PathRule(words=("auto", "layered", "nano"), hub=True, library=True),
    )
    device: Device = option("auto", Flag("device", "where to compute", _RENDER, commands=FINDING, row=False))
    steady: bool = option(
        True,
        Flag(
            "steady",
            "align the disparity over time and bring it onto the outlines of objects",
            _RENDER,
            commands=_RENDER_AND_DEPTH,
            studio="panel",
        ),
    )
    matte: str | None = option(
        None,
        Flag(
            "matte",
            "decide hair and fences by a VitMatte model (folder or hub id)",
            _RENDER,
            "MODEL",
            commands=_RENDER_AND_DEPTH,
        ),
        path=PathRule(hub=True),
    )
    repair: bool = option(
        True,
        Flag(
            "repair",
            "give outlines to the right surface and clipped lamps their light back",
            _RENDER,
            studio="panel",
        ),
    )
    hidden: bool = option(
        True,
        Flag(
            "hidden",
            "show behind what is near what other frames saw there",
            _RENDER,
            studio="panel",
        ),
    )
    protect: str | Path = option(
        "auto",
        Flag(
            "protect",
            "what stays as it came: auto (constant bars around the picture), off, or a mask of titles and "
            "logos (picture, folder or video; white stays)",
            _RENDER,
            "MASK",
            studio="panel",
        ),
        path=PathRule(words=("auto", "off")),
    )
    grain: float = option(
        1.0,
        Flag(
            "grain",
            "grain that blurred areas get back: match (as much as the clip has), off, or a share of it",
            _RENDER,
            "SHARE",
            usual="match",
            sensible="0 to 1",
            studio="panel",
            parse=_read_grain,
            text=_grain_text,
        ),
        low=0,
        high=4,
        hint="1 is as much as the clip has",
    )
    dither: bool = option(
        True,
        Flag(
            "dither",
            "spread the rounding of blurred areas, so that gradients have no steps",
            _RENDER,
            studio="panel",
        ),
    )
    lens: Lens = Lens()
    highlight_mask: str | Path | None = option(
        None,
        Flag(
            "highlight_mask",
            "where --highlights acts: white in a picture, a folder of them or a video, one mask a frame",
            _LENS,
            "PATH",
            usual="everywhere",
            studio="panel",
        ),
        path=PathRule(),
    )
    codec: str | None = option(
        None,
        Flag(
            "codec",
            "h264, hevc, prores, ffv1, vp9, av1; for folders png, tiff, exr",
            _OUTPUT,
            "NAME",
            usual="by OUTPUT's suffix",
            studio="render",
        ),
    )
    crf: float | None = option(
        None,
        Flag(
            "crf",
            "quality on the encoder's scale, lower is better",
            _OUTPUT,
            "N",
            usual="the encoder's",
            studio="render",
            sensible="0 to 51, to 63 for vp9 and av1; 18 looks the same",
        ),
    )
    layers: bool = option(
        False,
        Flag(
            "layers",
            "write disparity, circle of confusion, coverage and hidden surfaces beside the picture, as "
            "layers of EXR",
            _OUTPUT,
        ),
    )
    segment_frames: int | None = option(
        None,
        Flag(
            "segment_frames",
            "finished frames are kept so many at a time, about",
            _OUTPUT,
            "N",
            usual="a second",
            sensible="mostly 8 to 240",
        ),
        low=1,
        high=1 << 20,
    )
    overwrite: bool = option(
        False, Flag("overwrite", "replace OUTPUT", _OUTPUT, commands=FINDING, row=False, identity=False)
    )
    resume: bool = option(
        False,
        Flag(
            "resume",
            "go on where a render was stopped; do nothing if OUTPUT is already whole",
            _OUTPUT,
            commands=("render",),  # a batch always does
            row=False,
            identity=False,
        ),
    )

    def __post_init__(self) -> None:
        if self.end == math.inf:
            raise InputError("end is inf: expected seconds; leave it out to render to the last frame")
        check(self)
        if self.f_number is not None and self.blur is not None:
            raise InputError(
                f"f-number {self.f_number:g} and blur {self.blur:g} are both given: expected one of "
                "them, as each says how strong the blur is"
            )
        if self.camera is not None:
            named_camera(self.camera)
