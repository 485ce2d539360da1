"""How the segments of an output are written, the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anybokeh.clip import ClipInfo, codecs
from anybokeh.clip.outputs import folder_codec, is_folder
from anybokeh.segments.image_output import ImageSegmentWriter
from anybokeh.segments.video_output import VideoSegmentWriter

SegmentWriter = VideoSegmentWriter | ImageSegmentWriter


@dataclass(frozen=True)
class SegmentFormat:
    """What segments hold.

    Attributes:
        info: the clip that the output looks like.
        encoding: of a video file, else None.
        kind: of a folder of images, else None.
    """

    info: ClipInfo
    encoding: codecs.Encoding | None
    kind: str | None

    def writer(self, file: Path, images: Path) -> SegmentWriter:
        """For one segment, as `file`, and images in the folder `images`."""
        if self.encoding is not None:
            return VideoSegmentWriter(file, self.info, self.encoding)
        assert self.kind is not None
        return ImageSegmentWriter(file, images, self.info, self.kind)


def choose_format(path: Path, info: ClipInfo, codec: str | None, crf: float | None) -> SegmentFormat:
    """The format of an output at `path`; raises InputError for what cannot be written."""
    if is_folder(path):
        return SegmentFormat(info, None, codec or folder_codec(info))
    return SegmentFormat(info, codecs.choose(path, info, codec, crf), None)
