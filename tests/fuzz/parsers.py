"""Every parser that takes a user's file or text, with inputs for it."""

from __future__ import annotations

import importlib.util
import io
import itertools
import json
import struct
import tempfile
import types
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from anybokeh.batch.manifest import Folders, read_manifest
from anybokeh.batch.results import Results
from anybokeh.clip import ClipInfo, exr, icc, open_clip
from anybokeh.clip.camera_metadata import camera_metadata
from anybokeh.clip.clock import Clock
from anybokeh.clip.dolby_vision import dolby_vision
from anybokeh.clip.headers import image_size
from anybokeh.clip.joined_files import unread_parts
from anybokeh.clip.tracks import track_contents
from anybokeh.clip.truncation import least_size
from anybokeh.disparity.arrays import open_array
from anybokeh.disparity.official import read_official_csv, read_official_names
from anybokeh.errors import InputError
from anybokeh.focus import parse_focus
from anybokeh.focus.keyframes import read_keyframes
from anybokeh.optics.camera import Camera, named_camera
from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights
from anybokeh.runtime.file_patterns import file_pattern, files_named
from anybokeh.segments.segment import Segment
from anybokeh.segments.segment_file import Damaged, check
from anybokeh.settings import RenderSettings

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))


@dataclass(frozen=True)
class Parser:
    """A parser and inputs for it: random ones, and ones that are nearly right."""

    parse: Callable[[Any], object]
    inputs: st.SearchStrategy
    allowed: tuple[type[Exception], ...] = (InputError,)


def holds(parser: Parser, value: Any) -> None:
    """Parse; whatever else than an error that users are told leaves this is a fault."""
    try:
        parser.parse(value)
    except parser.allowed as error:
        assert str(error)


def _file(suffix: str, parse: Callable[[Path], object]) -> Callable[[bytes], object]:
    path = FOLDER / f"input{suffix}"

    def run(data: bytes) -> object:
        path.write_bytes(data)
        return parse(path)

    return run


def _manifest(path: Path) -> object:
    return list(read_manifest(path, Folders(FOLDER, FOLDER, FOLDER), RenderSettings()))


def _track(path: Path) -> object:
    keyframes = read_keyframes(path)
    times = np.arange(12) / 24
    return keyframes.evaluate(times, lambda spec, frames: np.full(len(frames), 0.5))


def _results(path: Path) -> object:
    with Results(path) as results:
        return results


def _read_array(path: Path) -> object:
    return open_array(path).read(0)


def _mutated(examples: list[bytes]) -> st.SearchStrategy[bytes]:
    """Right inputs with pieces replaced, cut out and doubled."""

    @st.composite
    def change(draw: Any) -> bytes:
        data = bytearray(draw(st.sampled_from(examples)))
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(data)))
            data[at : at + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
        return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)

    return change() | st.binary(max_size=200)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_FOCUS = st.sampled_from(["0.5", "2m", "point:5%,5%@1", "mask:x", "subject:2", "auto"]) | _SCALARS
_KEYFRAME = st.fixed_dictionaries(
    {},
    optional={
        "time": st.floats() | _SCALARS,
        "frame": st.integers(-2, 20) | _SCALARS,
        "focus": _FOCUS,
        "distance": st.floats() | _SCALARS,
        "f_number": st.floats(0.4, 1100) | _SCALARS,
        "blur": st.floats(-1, 600) | _SCALARS,
        "range": st.floats(-1, 2) | _SCALARS,
        "ease": st.sampled_from(["hold", "linear", "smooth"]) | _SCALARS,
        "colour": _SCALARS,
    },
)
_TRACK = st.fixed_dictionaries(
    {"version": st.just(1) | _SCALARS, "keyframes": st.lists(_KEYFRAME | _SCALARS, max_size=4) | _SCALARS}
)
_CELLS = st.sampled_from(["a.mp4", "../a", "/etc", "0.5", "mask:x", "out/a.mp4", "change", "1e9", "nan"])
_ROW = st.dictionaries(
    st.sampled_from(
        ["input", "output", "disparity", "focus", "blur", "track", "renderer", "aif_folder", "k", "x"]
    )
    | st.text(max_size=5),
    _CELLS | _SCALARS | st.lists(_SCALARS, max_size=2),
    max_size=8,
)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode(errors="surrogatepass")


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("disparity.npy", _npy(array))
    return file.getvalue()


def _images() -> list[bytes]:
    import cv2

    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    return [cv2.imencode(suffix, picture)[1].tobytes() for suffix in (".png", ".jpg", ".tif")]


def _clip(path: Path) -> object:
    """The first frames of whatever a file is."""
    with open_clip(path) as reader:
        check_frames_of(reader.info)
        return list(itertools.islice(reader, 3))


def check_frames_of(info: ClipInfo) -> None:
    """What must hold of any clip that opens."""
    assert info.width > 0 and info.height > 0 and info.rate > 0


def _exr(path: Path) -> object:
    camera_metadata(exr.load(path)[2].header)
    return image_size(path), exr.depth_channel(path, exr.parts(path))


def _camera(attributes: dict[str, Any]) -> object:
    """Files of other makers hold whatever they like."""
    found = camera_metadata(exr.ExrHeader(attributes=attributes))
    assert all(type(one) is float and one > 0 for one in found.values())
    return Camera(**found)


def _exr_example() -> list[bytes]:
    if importlib.util.find_spec("OpenEXR") is None:
        return []
    camera = {"aperture": 2.8, "focus": 3.0, "effectiveFocalLength": 50.0}
    told = exr.ExrHeader(
        (3, 5), {"owner": "me", "framesPerSecond": Fraction(25), "pixelAspectRatio": 1.5, **camera}
    )
    path = FOLDER / "made.exr"
    exr.save(path, np.ones((4, 4, 3), np.float32), np.ones((4, 4), np.float32), told)
    return [path.read_bytes()]


def _animations() -> list[bytes]:
    import av
    from av.video.frame import VideoFrame

    found = []
    for name, codec, pixels in (
        ("gif", "gif", "rgb8"),
        ("apng", "apng", "rgb24"),
        ("webp", "libwebp_anim", "yuv420p"),
    ):
        if codec not in av.codecs_available:
            continue
        path = FOLDER / f"made.{name}"
        with av.open(str(path), "w", format=name) as made:
            stream = made.add_stream(codec, 25)
            stream.width, stream.height, stream.pix_fmt = 16, 16, pixels
            for index in range(3):
                picture = np.full((16, 16, 3), 80 * index, np.uint8)
                made.mux(stream.encode(VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixels)))
            made.mux(stream.encode(None))
        found.append(path.read_bytes())
    return found


def _video_header(path: Path) -> object:
    return least_size(path), unread_parts(path), dolby_vision(path), track_contents(path)


def _video_headers() -> list[bytes]:
    """Three Matroska files one after another, and two of boxes."""
    segment = b"\x1a\x45\xdf\xa3\x84abcd\x18\x53\x80\x67\x01\0\0\0\0\0\0\x08" + bytes(8)
    vision = struct.pack(">I4s5B", 32, b"dvvC", 1, 0, 8 << 1, 5, 1 << 4) + bytes(19)
    boxes = struct.pack(">I4s", 8, b"ftyp") + struct.pack(">I4sQ", 1, b"mdat", 20) + b"data"
    boxes += struct.pack(">I4s", 8 + len(vision), b"moov") + vision
    return [3 * segment, 2 * boxes]


def _written(data: bytes) -> Path:
    path = FOLDER / "input.icc"
    path.write_bytes(data)
    return path


def _profiled() -> list[bytes]:
    """A profile, and images that hold it."""
    tags = b"".join(
        struct.pack(">4sII", name, 204, 20) for name in (b"rXYZ", b"gXYZ", b"bXYZ", b"gTRC", b"wtpt", b"chad")
    )
    numbers = struct.pack(">4sI9i", b"XYZ ", 0, *([30000, 20000, 10000] * 3))
    profile = bytes(36) + b"acsp" + bytes(88) + struct.pack(">I", 6) + tags + numbers
    images = (image for image in _images() if image[:2] != b"\xff\xd8")
    return [profile, *(icc.with_profile(image, profile) for image in images)]


def _pattern(name: str) -> object:
    pattern = file_pattern(FOLDER / name) if name.strip("./") and "\0" not in name else None
    if pattern is None:
        return None
    if not pattern.any and pattern.first is None:
        assert pattern.matches(pattern.name(7))
    return pattern.matches("a.0007.png"), files_named(FOLDER / name)


class _Stream:
    """What `Clock` reads of a stream and its container."""

    time_base = Fraction(1, 90000)
    average_rate = guessed_rate = Fraction(25)

    def __init__(self, name: str) -> None:
        self.format = types.SimpleNamespace(name=name)


def _clocked(value: tuple[str, list[tuple]]) -> object:
    """Time stamps of any order."""
    name, stamps = value
    stream = _Stream(name)
    clock = Clock(stream, stream)  # type: ignore[arg-type]
    for pts, dts, key, position, size in stamps:
        packet = types.SimpleNamespace(pts=pts, dts=dts, is_keyframe=key, pos=position, size=size)
        clock.set(packet)  # type: ignore[arg-type]
        if name == "mpegts" and key and size and pts is not None:
            assert packet.pts >= pts + min((0, *(round(shift * 90000) for _, shift in clock.joints)))
    return clock.joints


_STAMP = st.none() | st.integers(-(1 << 33), 1 << 33)
_STAMPS = st.lists(
    st.tuples(_STAMP, _STAMP, st.booleans(), st.none() | st.integers(-1, 1 << 40), st.integers(0, 9)),
    max_size=12,
)


def _segment() -> bytes:
    from anybokeh.segments.segment_file import SegmentFileWriter

    path = FOLDER / "made.segment"
    writer = SegmentFileWriter(path)
    writer.add(b"packets")
    writer.finish({"number": 0, "index": 0, "time": "0", "frames": 1, "content": {"delay": 0, "packets": []}})
    return path.read_bytes()


_ARRAY = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 2, 2)
_CSV = b"input,output,focus,blur\na.mp4,b.mp4,0.5,16\nc.mp4,d.mp4,mask:m,\n"
_LENSES = b"mine:\n  aperture: blades:6,rim=0.2\n  cats_eye: 0.5\n  axial_colour: 0.01\n"
_OFFICIAL = b"aif_folder,disp_folder,k\n.,.,16\n.,.,change\n"
_NAMES = st.lists(
    st.from_regex(r"\A[0-9]{1,5}(_zf_[-+0-9.einaf]{1,8}(_k_[-+0-9.e]{1,8})?)?\.png\Z") | st.text(max_size=20),
    min_size=1,
    max_size=4,
)
_WORDS = st.sampled_from(
    [
        "disc",
        "blades:6",
        "blades:6,rotation=30",
        "image:x",
        "1,0.5",
        "point:50%,40%@1.5",
        "mask:",
        "0.5",
        "2.4m",
    ]
)
_SPEC = (
    _WORDS
    | st.text(max_size=30)
    | st.tuples(_WORDS, st.text(":,%@=.0123456789einf-", max_size=8)).map("".join)
)

_ATTRIBUTE = (
    _SCALARS
    | st.fractions()
    | st.lists(st.floats(width=32), max_size=3).map(lambda values: np.array(values, np.float32))
    | st.tuples(*[st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3).map(np.array)] * 2)
)
_CAMERA = st.dictionaries(
    st.sampled_from(
        [
            "aperture",
            "focus",
            "effectiveFocalLength",
            "nominalFocalLength",
            "sensorPhotositePitch",
            "sensorAcquisitionRectangle",
            "sensorOverallDimensions",
        ]
    ),
    _ATTRIBUTE,
)

_OTIO = _json(
    {
        "OTIO_SCHEMA": "Clip.2",
        "name": "a",
        "markers": [
            {
                "OTIO_SCHEMA": "Marker.2",
                "name": "focus 0.5, blur 16",
                "marked_range": {
                    "OTIO_SCHEMA": "TimeRange.1",
                    "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 3.0},
                    "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0},
                },
            }
        ],
    }
)

PARSERS = {
    "track": Parser(
        _file(".json", _track), _TRACK.map(_json) | _mutated([_json({"version": 1, "keyframes": []})])
    ),
    "track csv": Parser(
        _file(".csv", _track),
        _mutated(
            [b"frame,focus,blur\n0,0.5,16\n4,subject,\n", b"0 0.5\n3 0.25\n", b"time;f_number\n0;2.8\n"]
        ),
    ),
    "track otio": Parser(_file(".otio", _track), _mutated([_OTIO])),
    "manifest csv": Parser(_file(".csv", _manifest), _mutated([_CSV, _OFFICIAL])),
    "manifest json": Parser(
        _file(".jsonl", _manifest),
        st.lists(_ROW | _SCALARS, max_size=3).map(lambda rows: b"\n".join(map(_json, rows)))
        | _mutated([_json({"input": "a", "output": "b"})]),
    ),
    "results": Parser(
        _file(".results", _results),
        _mutated([_json({"row": 1, "status": "done", "output": "o", "digest": "d"}) + b"\n"]),
    ),
    "official csv": Parser(_file(".csv", read_official_csv), _mutated([_OFFICIAL])),
    "disparity names": Parser(lambda names: read_official_names([Path(name) for name in names]), _NAMES),
    "focus": Parser(parse_focus, _SPEC | _SCALARS),
    "aperture": Parser(parse_aperture, _SPEC),
    "highlights": Parser(parse_highlights, _SPEC),
    "camera": Parser(named_camera, st.sampled_from(["full frame", "phone"]) | st.text(max_size=12)),
    "camera metadata": Parser(_camera, _CAMERA),
    "lenses": Parser(_file(".yaml", Lens.named), _mutated([_LENSES, b"a: {rim: &b [*b, 2026-01-01, 1e9]}"])),
    "lens": Parser(Lens.named, _SPEC | st.from_regex(r"\A.{0,9}\.ya?ml(:.{0,9})?\Z")),
    "npy": Parser(_file(".npy", _read_array), _mutated([_npy(_ARRAY), _npy(_ARRAY.astype(np.uint8))])),
    "npz": Parser(_file(".npz", _read_array), _mutated([_npz(_ARRAY)])),
    "image headers": Parser(_file(".png", image_size), _mutated(_images())),
    "exr": Parser(_file(".exr", _exr), _mutated(_exr_example() or [b"v/1\1"])),
    "clips of images": Parser(_file(".png", _clip), _mutated(_images() + _animations())),
    "video headers": Parser(_file(".video", _video_header), _mutated(_video_headers())),
    "icc": Parser(lambda data: (icc.meaning(data), icc.read_profile(_written(data))), _mutated(_profiled())),
    "time stamps": Parser(_clocked, st.tuples(st.sampled_from(["mpegts", "mpeg", "matroska,webm"]), _STAMPS)),
    "patterns": Parser(_pattern, st.from_regex(r"\A[a.0-9%d#*-]{0,12}\Z") | st.text(max_size=12)),
    "segment": Parser(
        _file(".segment", lambda path: Segment.from_json(check(path), path)),
        _mutated([_segment()]),
        (Damaged,),
    ),
}
