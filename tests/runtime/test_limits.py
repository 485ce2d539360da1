"""Small files that claim to be enormous."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.clip import open_clip
from anybokeh.clip.headers import image_size
from anybokeh.disparity.files import open_disparity
from anybokeh.errors import InputError
from anybokeh.runtime import limits
from anybokeh.runtime.limits import TooLarge
from clip import make


def png(path: Path, width: int, height: int) -> Path:
    """A PNG of one byte of data that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


def test_images_are_refused_by_their_headers(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = png(tmp_path / "in" / "0.png", 60_000, 60_000)
    for opened in (lambda: image_size(file), lambda: open_clip(tmp_path / "in")):
        with pytest.raises(TooLarge, match="60000x60000"):
            opened()
    with pytest.raises(TooLarge, match="60000x60000"):
        open_disparity(tmp_path / "in")


def test_the_limit_of_pixels_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(2))
    monkeypatch.setenv("ANYBOKEH_MAX_PIXELS", str(tiny.WIDTH * tiny.HEIGHT))
    with open_clip(source) as clip:
        assert len(list(clip)) == 2
    monkeypatch.setenv("ANYBOKEH_MAX_PIXELS", str(tiny.WIDTH * tiny.HEIGHT - 1))
    with pytest.raises(TooLarge, match="64x48"):
        open_clip(source)
    for bad in ("many", "0", "-1", "9" * 5000):
        monkeypatch.setenv("ANYBOKEH_MAX_PIXELS", bad)
        with pytest.raises(InputError, match="ANYBOKEH_MAX_PIXELS"):
            open_clip(source)


def test_the_number_of_frames_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(8))
    monkeypatch.setenv("ANYBOKEH_MAX_FRAMES", "7")
    with pytest.raises(TooLarge, match="8 frames"):
        open_clip(source)


def test_archives_that_unpack_to_much_more_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "d.npz", np.zeros((64, 64, 64), np.float32))
    assert open_disparity(tmp_path / "d.npz").count == 64
    monkeypatch.setattr(limits, "_SMALL_ARCHIVE", 1000)
    with pytest.raises(TooLarge, match="unpacks"):
        open_disparity(tmp_path / "d.npz")


@pytest.mark.parametrize("kind", ["hls", "concat"])
def test_lists_of_other_files_are_no_videos(tmp_path: Path, kind: str) -> None:
    make.video(tmp_path / "secret.ts", tiny.pictures(4))
    text = "ffconcat version 1.0\nfile secret.ts\n"
    if kind == "hls":
        text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / f"a.{'m3u8' if kind == 'hls' else 'mp4'}").write_text(text)
    with pytest.raises(InputError, match=r"list of other files|not a video"):
        open_clip(next(tmp_path.glob("a.*")))
