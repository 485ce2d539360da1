"""Clips: reading and writing video files and folders of images."""

from anybokeh.clip.codecs import available as available_codecs
from anybokeh.clip.info import ClipInfo, ColourTags, Frame, LightLevels, Transfer
from anybokeh.clip.outputs import check_output
from anybokeh.clip.overlap import Behind, ahead
from anybokeh.clip.reader import ClipReader, open_again, open_clip
from anybokeh.clip.writer import ClipWriter, open_writer

__all__ = [
    "Behind",
    "ClipInfo",
    "ClipReader",
    "ClipWriter",
    "ColourTags",
    "Frame",
    "LightLevels",
    "Transfer",
    "ahead",
    "available_codecs",
    "check_output",
    "open_again",
    "open_clip",
    "open_writer",
]
