"""Every parser that takes a user's file or text, with inputs for it."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from anybokeh.batch.manifest import Folders, read_manifest
from anybokeh.batch.results import Results
from anybokeh.clip.headers import image_size
from anybokeh.disparity.arrays import open_array
from anybokeh.disparity.official import read_official_csv, read_official_names
from anybokeh.errors import InputError
from anybokeh.focus import parse_focus
from anybokeh.focus.keyframes import read_keyframes
from anybokeh.optics.lens import parse_aperture, parse_highlights
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
_FOCUS = st.sampled_from(["0.5", "point:5,5", "point:5%,5%@1", "mask:x", "subject", "auto"]) | _SCALARS
_KEYFRAME = st.fixed_dictionaries(
    {},
    optional={
        "time": st.floats() | _SCALARS,
        "frame": st.integers(-2, 20) | _SCALARS,
        "focus": _FOCUS,
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


def _segment() -> bytes:
    from anybokeh.segments.segment_file import SegmentFileWriter

    path = FOLDER / "made.segment"
    writer = SegmentFileWriter(path)
    writer.add(b"packets")
    writer.finish({"number": 0, "index": 0, "time": "0", "frames": 1, "content": {"delay": 0, "packets": []}})
    return path.read_bytes()


_ARRAY = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 2, 2)
_CSV = b"input,output,focus,blur\na.mp4,b.mp4,0.5,16\nc.mp4,d.mp4,mask:m,\n"
_OFFICIAL = b"aif_folder,disp_folder,k\n.,.,16\n.,.,change\n"
_NAMES = st.lists(
    st.from_regex(r"\A[0-9]{1,5}(_zf_[-+0-9.einaf]{1,8}(_k_[-+0-9.e]{1,8})?)?\.png\Z") | st.text(max_size=20),
    min_size=1,
    max_size=4,
)
_WORDS = st.sampled_from(
    ["disc", "blades:6", "blades:6,rotation=30", "image:x", "1,0.5", "point:50%,40%@1.5", "mask:", "0.5"]
)
_SPEC = (
    _WORDS
    | st.text(max_size=30)
    | st.tuples(_WORDS, st.text(":,%@=.0123456789einf-", max_size=8)).map("".join)
)

PARSERS = {
    "track": Parser(
        _file(".json", _track), _TRACK.map(_json) | _mutated([_json({"version": 1, "keyframes": []})])
    ),
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
    "npy": Parser(_file(".npy", _read_array), _mutated([_npy(_ARRAY), _npy(_ARRAY.astype(np.uint8))])),
    "npz": Parser(_file(".npz", _read_array), _mutated([_npz(_ARRAY)])),
    "image headers": Parser(_file(".png", image_size), _mutated(_images())),
    "segment": Parser(
        _file(".segment", lambda path: Segment.from_json(check(path), path)),
        _mutated([_segment()]),
        (Damaged,),
    ),
}
