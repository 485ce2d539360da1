"""What one sees: contact sheets and side-by-side videos of every clip."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip import ClipInfo, Frame, open_writer
from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case
from anybokeh.evaluation.labelled_tiles import grid, tile

SHEET_TILE, VIDEO_TILE = 640, 384
COLUMNS = 4
ERROR_GAIN = 4


class Gallery:
    """Writes a sheet and a video for every clip into a folder; `sheets` and `videos` are what is there."""

    def __init__(self, folder: Path, videos: bool = True) -> None:
        self._folder = folder
        self._with_videos = videos
        self.sheets: list[Path] = []
        self.videos: list[Path] = []

    def show(self, case: Case, disparity: str, outputs: Mapping[str, np.ndarray]) -> None:
        """Write the pictures of one clip."""
        name = f"{case.name}_{disparity}"
        sheet = self._folder / "sheets" / f"{name}.png"
        sheet.parent.mkdir(parents=True, exist_ok=True)
        _write(sheet, contact_sheet(case, outputs))
        self.sheets.append(sheet)
        if self._with_videos and len(case.facts.aif) > 1:
            video = self._folder / "side_by_side" / f"{name}.mp4"
            video.parent.mkdir(parents=True, exist_ok=True)
            _write_video(video, case, outputs)
            self.videos.append(video)


def contact_sheet(case: Case, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """The middle frame: input, truth and results, and beneath each its error; (h, w, 3) uint8 RGB.

    Beneath the input is the disparity, beneath the truth its difference from the input. Errors are shown four
    times as large, grey is none.
    """
    facts, middle = case.facts, len(case.facts.aif) // 2
    frames = {"input": facts.aif, "truth": facts.truth, **outputs}
    above, below = [], []
    for name, clip in frames.items():
        if clip is None:
            continue
        above.append(tile(clip[middle], name, SHEET_TILE))
        if name == "input":
            second = np.repeat(facts.disparity[middle][None], 3, axis=0), "disparity"
        elif facts.truth is None or name == "truth":
            second = 0.5 + ERROR_GAIN * (clip[middle] - facts.aif[middle]), "difference from the input"
        else:
            second = 0.5 + ERROR_GAIN * (clip[middle] - facts.truth[middle]), f"error of {name}"
        below.append(tile(*second, SHEET_TILE))
    columns = min(COLUMNS, len(above))
    rows = []
    for first in range(0, len(above), columns):
        for tiles in (above, below):
            rows.append(grid(tiles[first : first + columns], columns))
    return np.concatenate(rows, axis=0)


def _write(path: Path, pixels: np.ndarray) -> None:
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))
    if not done:
        raise InputError(f"{path}: the sheet of {pixels.shape[1]}x{pixels.shape[0]} cannot be encoded")
    path.write_bytes(data.tobytes())


def _write_video(path: Path, case: Case, outputs: Mapping[str, np.ndarray]) -> None:
    facts = case.facts
    clips = {"input": facts.aif, **({} if facts.truth is None else {"truth": facts.truth}), **outputs}
    columns = int(np.ceil(np.sqrt(len(clips))))
    rate = Fraction(case.rate).limit_denominator(1001)

    def picture(index: int) -> np.ndarray:
        return grid([tile(clip[index], name, VIDEO_TILE) for name, clip in clips.items()], columns)

    height, width = picture(0).shape[:2]
    info = ClipInfo(path.with_suffix(".source"), width, height, frame_rate=rate, transfer="srgb")
    with open_writer(path, info, crf=18) as writer:
        for index in range(len(facts.aif)):
            writer.write(Frame(index, index / rate, 1 / rate, picture(index)))
