"""What a real camera does to its pictures: noise and compression."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from anybokeh.optics.light import decode, encode


@dataclass(frozen=True)
class CameraSettings:
    """How good a camera is.

    Attributes:
        shot: standard deviation of the noise at white, as a share of white, in linear light.
        read: standard deviation of the noise in the dark, in linear light.
        crf: quality of the H.264 compression, 0 to 51; None does not compress.
    """

    shot: float = 0.01
    read: float = 0.001
    crf: int | None = 21


def draw_camera(rng: np.random.Generator) -> CameraSettings:
    """From a good camera in daylight to a telephone at night."""
    shot = float(np.exp(rng.uniform(np.log(0.002), np.log(0.04))))
    return CameraSettings(shot, shot * float(rng.uniform(0.02, 0.2)), int(rng.integers(14, 29)))


def degrade(
    frames: np.ndarray, settings: CameraSettings, rng: np.random.Generator, rate: float = 24.0
) -> np.ndarray:
    """Frames as such a camera records them.

    Args:
        frames: (frames, 3, height, width) float32, sRGB code values in [0, 1].
        settings: the camera.
        rng: of the noise.
        rate: frames a second.

    Returns:
        Of the same kind; 8 bits where compressed.
    """
    noisy = np.empty_like(frames)
    for index, frame in enumerate(frames):
        light = decode(frame, "srgb")
        spread = np.sqrt(settings.shot**2 * light + settings.read**2)
        grain = rng.standard_normal(frame.shape, np.float32)
        noisy[index] = encode(light + spread * grain, "srgb")
    return noisy if settings.crf is None else _compressed(noisy, settings.crf, rate)


def _compressed(frames: np.ndarray, crf: int, rate: float) -> np.ndarray:
    """Through H.264 and back, on one thread so that it repeats; odd sizes are padded."""
    height, width = frames.shape[2:]
    padded = np.pad(frames, ((0, 0), (0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    pixels = np.rint(padded * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        stream = container.add_stream("libx264", Fraction(rate).limit_denominator(1001), options=options)
        stream.width, stream.height, stream.pix_fmt = padded.shape[3], padded.shape[2], "yuv420p"
        for picture in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture))))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    values = np.stack(decoded)[:, :height, :width].transpose(0, 3, 1, 2)
    return np.ascontiguousarray(values) * np.float32(1 / 255)
