"""Writing the disparity of a clip for use elsewhere: 16-bit PNGs, EXR, or a grey video to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np

from anybokeh.clip import ClipInfo, ColourTags, Frame, check_output, exr, open_writer
from anybokeh.clip.outputs import is_folder, unwritable
from anybokeh.errors import InputError
from anybokeh.job.analysed_frames import scenes
from anybokeh.job.analysis import analyse, check_not_an_input
from anybokeh.job.open_input import open_input
from anybokeh.runtime.interrupts import uninterrupted
from anybokeh.runtime.steps import Progress, Steps, steps_of
from anybokeh.runtime.whole_files import whole_folder
from anybokeh.settings import RenderSettings

MapFormat = Literal["png", "exr"]
WriteMap = Callable[[Frame, np.ndarray], None]


@dataclass(frozen=True)
class DepthReport:
    """What was written: the number of maps, what they came from, remarks for the user."""

    frames: int
    disparity: str
    notes: tuple[str, ...]


def write_depth(
    input: str | Path,
    output: str | Path,
    settings: RenderSettings,
    *,
    format: MapFormat = "png",
    preview: str | Path | None = None,
    progress: Steps | Progress | None = None,
) -> DepthReport:
    """Find the disparity of every frame of a clip, steady it, and write it.

    Args:
        input: the clip.
        output: a folder for one grey image a frame, or a video file for a preview alone.
        settings: disparity, depth size, steadying and device as for a render.
        format: of the images: `png` with 16 bits, or `exr` with 32-bit floats.
        preview: a grey video to write besides.
        progress: told which step it is, and how far.

    Raises:
        InputError: as for a render; nothing is left then.
    """
    output = Path(output)
    if format not in get_args(MapFormat):
        raise InputError(f"format is {format!r}: expected {' or '.join(get_args(MapFormat))}")
    if format == "exr":
        exr.require()
    # Maps are found for all frames: those who read them expect one for each.
    settings = replace(settings, start=None, end=None, track=None, focus=0.5)
    with open_input(input, settings) as clip:
        info = _grey_info(clip.info)
        targets = [output] if preview is None else [output, Path(preview)]
        for target in targets:
            check_not_an_input(target, clip.info.path, settings)
            check_output(target, info, source=input, overwrite=settings.overwrite)
        if preview is not None and is_folder(Path(preview)):
            raise InputError(f"{preview}: is a folder; a preview is a video such as {preview}.mp4")
        steps = steps_of(progress)
        analysis = analyse(clip, settings, steps)
        frames = 0
        with ExitStack() as stack:
            with uninterrupted():
                writers = [
                    stack.enter_context(
                        _folder_writer(target, format)
                        if is_folder(target)
                        else _video_writer(target, info, settings.overwrite)
                    )
                    for target in targets
                ]
            told = steps.begin("writing maps", 0, clip.frame_count)
            for frame, disparity in scenes(clip, analysis):
                for write in writers:
                    write(frame, disparity)
                frames += 1
                told(frames, clip.frame_count)
    return DepthReport(frames, analysis.disparity.name, clip.info.notes + analysis.notes)


def _grey_info(info: ClipInfo) -> ClipInfo:
    return replace(
        info,
        bit_depth=8,
        transfer="srgb" if info.frame_rate is None else "bt709",
        colour=ColourTags(),
        light_levels=None,
        has_alpha=False,
        codec="png" if info.frame_rate is None else info.codec,
        pixel_format="png" if info.frame_rate is None else "yuv420p",
        audio_streams=0,
        subtitle_streams=0,
    )


@contextmanager
def _video_writer(path: Path, info: ClipInfo, overwrite: bool) -> Iterator[WriteMap]:
    with open_writer(path, info, overwrite=overwrite) as writer:

        def write(frame: Frame, disparity: np.ndarray) -> None:
            grey = (disparity * np.float32(255) + np.float32(0.5)).astype(np.uint8)
            writer.write(replace(frame, pixels=np.repeat(grey[..., None], 3, axis=2), alpha=None))

        yield write


@contextmanager
def _folder_writer(path: Path, format: MapFormat) -> Iterator[WriteMap]:
    try:
        with whole_folder(path) as temporary:

            def write(frame: Frame, disparity: np.ndarray) -> None:
                save_map(temporary / f"{frame.index:05d}.{format}", disparity)

            yield write
    except OSError as error:
        raise unwritable(path, error) from error


def save_map(file: Path, disparity: np.ndarray) -> None:
    """Write (height, width) in [0, 1] as a 16-bit grey PNG, or an EXR with one float channel Y."""
    if file.suffix == ".exr":
        openexr = exr.require()
        header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
        with openexr.File(header, {"Y": np.ascontiguousarray(disparity, np.float32)}) as image:
            image.write(str(file))
        return
    integers = np.rint(disparity * np.float32(65535)).astype(np.uint16)
    done, data = cv2.imencode(".png", integers, [cv2.IMWRITE_PNG_COMPRESSION, 2])
    if not done:
        raise OSError(f"{file}: could not be encoded")
    file.write_bytes(data.tobytes())
