"""Tiny clips with their disparity, and a look at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from clip import make

HEIGHT, WIDTH, FRAMES = 48, 64, 12
NEAR, FAR = 0.8, 0.2


def pictures(frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH) -> list[np.ndarray]:
    """Pictures with much detail: any blur changes them."""
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 256, (height, width, 3), np.uint8)
    return [make.picture(height, width, i) // 2 + np.roll(noise, i, axis=1) // 2 for i in range(frames)]


def disparity(frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """(frames, height, width) float32: a near block that grows by a column a frame, over a far ramp."""
    result = np.linspace(0, FAR, width, dtype=np.float32) * np.ones((frames, height, 1), np.float32)
    for index, one in enumerate(result):
        one[:, : width // 4 + index] = NEAR
    return result


def maps(folder: Path, disparity: np.ndarray, names: list[str] | None = None) -> Path:
    """Write 16-bit PNGs into a new folder."""
    folder.mkdir()
    for index, one in enumerate(disparity):
        name = names[index] if names else f"{index:05}.png"
        cv2.imwrite(str(folder / name), np.round(one * 65535).astype(np.uint16))
    return folder


def masks(folder: Path, frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH) -> Path:
    """White on the first columns, which are near in `disparity`."""
    folder.mkdir()
    mask = np.zeros((height, width), np.uint8)
    mask[:, : width // 5] = 255
    for index in range(frames):
        cv2.imwrite(str(folder / f"{index:05}.png"), mask)
    return folder


def images(folder: Path, pictures: Sequence[np.ndarray], suffix: str = ".png") -> Path:
    """Write RGB or RGBA pictures into a new folder."""
    folder.mkdir()
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{index:04}{suffix}"), picture[..., [2, 1, 0, 3][: picture.shape[2]]])
    return folder


def lossless(path: Path, pictures: list[np.ndarray], **options) -> Path:
    """An FFV1 clip that holds RGB as it is."""
    deep = pictures[0].dtype == np.uint16
    return make.video(path, pictures, codec="ffv1", pixel_format="gbrp16le" if deep else "bgr0", **options)


def frames_of(path: Path) -> list[np.ndarray]:
    """RGB frames of an RGB or YUV video, uint8, uint16 where it holds more than 8 bits."""
    with av.open(str(path)) as container:
        deep = container.streams.video[0].codec_context.format.components[0].bits > 8
        return [f.to_ndarray(format="rgb48le" if deep else "rgb24") for f in container.decode(video=0)]


def times_of(path: Path) -> list[float]:
    """Seconds of the frames from the first."""
    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [time - times[0] for time in times]


def images_of(folder: Path) -> list[np.ndarray]:
    """Images of a folder by name, RGB or RGBA in their own type."""
    read = [cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in sorted(folder.iterdir())]
    return [image[..., [2, 1, 0, 3][: image.shape[2]]] for image in read]
