"""Disparity from a function of your own: in memory, and as a source that `disparity="ground"` names.

A package makes the source known on the command line, too, as `--disparity ground`, once it lists

    [project.entry-points."anybokeh.disparity"]
    ground = "custom_depth_source:choose_ground"

python examples/custom_depth_source.py [FOLDER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import anybokeh
from anybokeh.clip import ClipInfo, open_clip
from anybokeh.demo.run import MEDIA
from anybokeh.disparity.choose import BUILT_IN, EstimateSettings, Source
from anybokeh.render import LayeredRenderer


def ground(height: int, width: int) -> np.ndarray:
    """(height, width) float32 in [0, 1]: level ground, near at the bottom of the picture, far at the top."""
    rows = np.linspace(0, 1, height, dtype=np.float32)
    return np.repeat(rows[:, None], width, axis=1)


@dataclass(frozen=True)
class GroundDisparity:
    """The same as a `DisparitySource`: one map for any frame, in any order, from any thread."""

    count: int
    size: tuple[int, int]
    name: str = "level ground"
    official: None = None

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        """(height, width); a source that knows the scene would look at the frame, (height, width, 3) RGB."""
        width, height = self.size
        return ground(height, width)


def choose_ground(info: ClipInfo, times: np.ndarray, settings: EstimateSettings) -> Source:
    """What `disparity="ground"` stands for; `settings` tells the device, for sources that run a network."""
    del settings
    maps = GroundDisparity(len(times), (info.width, info.height))
    return Source(maps, notes=("disparity is level ground",), steady=True)


def in_memory() -> None:
    with open_clip(MEDIA / "clip.mp4", end=0.1) as clip:
        pixels = np.stack([frame.pixels for frame in clip])
    frames = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255
    disparity = np.stack([ground(*frames.shape[2:])] * len(frames))
    shot = anybokeh.prepare(frames, disparity, focus=0.8, blur=24, steady=False, repair=False)
    print(f"in memory: {LayeredRenderer().render(shot).shape}")


def from_file_to_file(folder: Path) -> None:
    BUILT_IN["ground"] = f"{__name__}:choose_ground"
    folder.mkdir(parents=True, exist_ok=True)
    report = anybokeh.render_clip(
        MEDIA / "clip.mp4", folder / "ground.mp4", disparity="ground", focus=0.8, end=0.1, overwrite=True
    )
    print(f"{report.output}: disparity is {report.disparity}")
    with open_clip(folder / "ground.mp4") as clip:
        cv2.imwrite(str(folder / "custom_depth_source.jpg"), next(iter(clip)).pixels[..., ::-1])


if __name__ == "__main__":
    in_memory()
    from_file_to_file(Path(sys.argv[1] if len(sys.argv) > 1 else "out/examples"))
