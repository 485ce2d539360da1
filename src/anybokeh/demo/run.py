"""Refocus the bundled clip; see SOURCES.md beside this file for what it is made of."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anybokeh.clip import open_clip, open_writer
from anybokeh.errors import InputError
from anybokeh.job.refocus import render_clip
from anybokeh.optics.lens import Lens
from anybokeh.runtime.steps import Progress, Steps

MEDIA = Path(__file__).parent
_LABELS = "all in focus", "anybokeh", "ray-traced truth"
_PICTURE_FRAME = 36
_LENS = Lens(highlight_strength=2)
"""The clip is a night scene whose lamps are clipped."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo made.

    Attributes:
        clip: the refocused clip.
        side_by_side: video of input, result and truth beside each other.
        picture: one frame of it.
        psnr: of the result against the truth in dB, mean over frames; of the input for comparison.
    """

    clip: Path
    side_by_side: Path
    picture: Path
    psnr: float
    psnr_of_input: float


def run_demo(folder: str | Path, *, progress: Steps | Progress | None = None) -> DemoResult:
    """Refocus the demo clip into a folder, replacing what an earlier demo left there.

    Raises:
        InputError: the folder cannot be made or written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); give another folder") from error
    clip = folder / "refocused.mp4"
    render_clip(
        MEDIA / "clip.mp4",
        clip,
        disparity=MEDIA / "disparity.mkv",
        track=MEDIA / "focus.json",
        lens=_LENS,
        overwrite=True,
        progress=progress,
    )
    side_by_side, picture = folder / "side_by_side.mp4", folder / "side_by_side.png"
    scores = _compare(clip, side_by_side, picture)
    return DemoResult(clip, side_by_side, picture, *scores)


def _compare(clip: Path, side_by_side: Path, picture: Path) -> tuple[float, float]:
    import cv2

    errors = []
    sources = MEDIA / "clip.mp4", clip, MEDIA / "truth.mp4"
    with ExitStack() as stack:
        sharp, ours, truth = (stack.enter_context(open_clip(source)) for source in sources)
        info = replace(sharp.info, width=3 * sharp.info.width)
        with open_writer(side_by_side, info, source=MEDIA / "clip.mp4", overwrite=True) as writer:
            for number, frames in enumerate(zip(sharp, ours, truth, strict=True)):
                pictures = [frame.pixels for frame in frames]
                errors.append([_mean_square(picture, pictures[2]) for picture in pictures[:2]])
                sheet = np.hstack([_labelled(*pair) for pair in zip(pictures, _LABELS, strict=True)])
                writer.write(replace(frames[0], pixels=sheet))
                if number == _PICTURE_FRAME and not cv2.imwrite(str(picture), sheet[..., ::-1]):
                    raise InputError(f"{picture}: cannot be written; check the folder's permissions")
    of_input, of_result = np.mean(-10 * np.log10(np.array(errors)), axis=0)
    return float(of_result), float(of_input)


def _mean_square(picture: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean((picture.astype(np.float32) - truth) ** 2)) / 255**2


def _labelled(picture: np.ndarray, label: str) -> np.ndarray:
    import cv2

    labelled = picture.copy()
    for colour, thickness in ((0, 4), (255, 1)):
        cv2.putText(
            labelled, label, (16, 32), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (colour,) * 3, thickness, cv2.LINE_AA
        )
    return labelled
