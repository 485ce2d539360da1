"""Folders of images as clips: PNG, JPEG and TIFF through OpenCV, EXR through OpenEXR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from anybokeh.clip import exr, icc
from anybokeh.clip.headers import image_size
from anybokeh.clip.info import ClipInfo, ColourTags, Frame
from anybokeh.clip.sequences import (
    KINDS,
    ImageFolder,
    find_images,
    missing_numbers,
    runs_text,
)
from anybokeh.errors import InputError
from anybokeh.settings import OnDamage


def probe(folder: ImageFolder, on_damage: OnDamage = "fail", rate: Fraction | None = None) -> ClipInfo:
    """Decode the first image and describe the folder. rate: images a second, where it is not theirs."""
    kind = KINDS[folder.files[0].suffix.lower()]
    part = None
    if kind == "exr":
        pixels, alpha, part = exr.load(folder.files[0])
    else:
        pixels, alpha = load(folder.files[0])
    header = exr.ExrHeader() if part is None else part.header
    profile = None if part is not None else icc.read_profile(folder.files[0])
    means = None if profile is None else icc.meaning(profile)
    rate = rate or header.rate or folder.rate
    height, width = pixels.shape[:2]
    gaps = missing_numbers(folder.numbers or ())
    return ClipInfo(
        path=folder.path,
        width=width,
        height=height,
        frame_count=len(folder.files),
        frame_count_exact=True,
        bit_depth=pixels.dtype.itemsize * 8,
        transfer="linear" if kind == "exr" else "srgb" if means is None else means.transfer,
        pixel_format=kind,
        pixel_aspect=header.pixel_aspect,
        time_base=1 / rate,
        colour=ColourTags() if means is None or means.code is None else ColourTags(primaries=means.code),
        chromaticities=header.chromaticities if means is None else means.chromaticities,
        profile=profile,
        numbers=folder.numbers,
        padding=folder.padding,
        variable_rate=bool(gaps),
        has_alpha=alpha is not None,
        codec=kind,
        on_damage=on_damage,
        notes=_gap_notes(folder, gaps) + (_OVERSCAN if part is not None and part.overscan else ()),
    )


_OVERSCAN = ("what lies outside of the EXR images' display window is left out",)


def _gap_notes(folder: ImageFolder, gaps: list[tuple[int, int]]) -> tuple[str, ...]:
    if not gaps:
        return ()
    return (f"{folder.path}: images {runs_text(gaps)} are missing: the image before is held in a video",)


def read(folder: ImageFolder, info: ClipInfo) -> Iterator[Frame]:
    """Decode one image after another; raises InputError naming a file that differs from the first."""
    last: tuple[np.ndarray, np.ndarray | None] | None = None
    times = folder.times
    for index, file in enumerate(folder.files, folder.first):
        time = times[index]
        duration = times[index + 1] - time if index + 1 < len(times) else 1 / folder.rate
        try:
            if info.on_damage == "repeat":
                # else the headers of all were looked at before
                image_size(file)
            pixels, alpha, header = _loaded(file)
        except InputError:
            if info.on_damage == "fail":
                raise
            pixels, alpha = last or _last_good(info, index)
            yield Frame(index, time, duration, pixels, alpha, repeats=True)
            continue
        height, width = pixels.shape[:2]
        if (width, height) != (info.width, info.height):
            raise InputError(
                f"{file}: is {width}x{height}, the first image is {info.width}x{info.height};"
                " all images must have one size"
            )
        if pixels.dtype.itemsize * 8 != info.bit_depth:
            raise InputError(
                f"{file}: has {pixels.dtype.itemsize * 8} bits, the first image has {info.bit_depth};"
                " all images must have one depth"
            )
        if info.has_alpha and alpha is None:
            opaque = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
            alpha = np.full((height, width), opaque, pixels.dtype)
        last = pixels, alpha if info.has_alpha else None
        yield Frame(index, time, duration, *last, header=header)


def _loaded(file: Path) -> tuple[np.ndarray, np.ndarray | None, exr.ExrHeader | None]:
    if KINDS[file.suffix.lower()] != "exr":
        return *load(file), None
    pixels, alpha, part = exr.load(file)
    return pixels, alpha, part.header


def _last_good(info: ClipInfo, index: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The nearest image before one that can be read; the folder's first could be."""
    for file in reversed(find_images(info.path).files[:index]):
        try:
            pixels, alpha = load(file)
        except InputError:
            continue
        return pixels, alpha if info.has_alpha else None
    raise InputError(f"{info.path}: none of its first {index + 1} images can be read")


def load(file: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read one image as RGB (height, width, 3) uint8, uint16 or float32 (EXR), and alpha or None."""
    kind = KINDS[file.suffix.lower()]
    if kind == "exr":
        return exr.load(file)[:2]
    import cv2

    # a JPEG's EXIF orientation is applied only in this mode, which loses nothing of a JPEG
    mode = cv2.IMREAD_COLOR if kind == "jpeg" else cv2.IMREAD_UNCHANGED
    try:
        data = np.fromfile(file, np.uint8)
        image = cv2.imdecode(data, mode) if data.size else None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
    except cv2.error as error:
        raise InputError(f"{file}: is larger than OpenCV decodes, or damaged; write it again") from error
    if image is None:
        state = "empty" if not data.size else "damaged or not an image"
        raise InputError(f"{file}: {state}; expected a {kind.upper()} image")
    return split_alpha(file, image)


def split_alpha(file: Path, image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """RGB (height, width, 3) and alpha or None of what OpenCV decodes: grey, BGR or BGRA."""
    if image.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{file}: holds {image.dtype} values; expected 8 or 16 bits, or use EXR for floats")
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, axis=-1), None
    rgb = np.ascontiguousarray(image[..., 2::-1])
    return rgb, np.ascontiguousarray(image[..., 3]) if image.shape[-1] == 4 else None


def save(
    file: Path,
    pixels: np.ndarray,
    alpha: np.ndarray | None,
    header: exr.ExrHeader | None = None,
    profile: bytes | None = None,
    layers: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write one image, PNG, TIFF or EXR by the suffix; raises OSError if it cannot be written.

    pixels (height, width, 3) uint8 or uint16, float32 for EXR; alpha (height, width) of that type.
    header, layers: of EXR. profile: ICC, of the others.
    """
    if KINDS[file.suffix.lower()] == "exr":
        exr.save(file, pixels, alpha, header, layers)
        return
    import cv2

    image = pixels[..., ::-1] if alpha is None else np.dstack([pixels[..., ::-1], alpha])
    # higher levels cost several times as much for a few percent
    options = [cv2.IMWRITE_PNG_COMPRESSION, 2] if file.suffix.lower() == ".png" else []
    done, data = cv2.imencode(file.suffix, np.ascontiguousarray(image), options)
    if not done:
        raise OSError(f"{file}: could not be encoded")
    encoded = data.tobytes()
    file.write_bytes(encoded if profile is None else icc.with_profile(encoded, profile))
