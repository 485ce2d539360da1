"""A sample: a short clip with everything that is known about it, and the folder that holds one.

```
SAMPLE/scene.json            version, frames, size, rate, transfer, focus, blur, range, subject, lens, made
SAMPLE/aif/00000.png         everything in focus, sRGB
SAMPLE/bokeh/00000.png       the same through the lens, sRGB
SAMPLE/disparity/00000.png   16 bits
SAMPLE/mask/00000.png        coverage of the subject
SAMPLE/masks/00/00000.png    coverage of each object
SAMPLE/clipped/00000.png     16 bits, share of the light that clipping left
```
The last three may be missing, and so may version, rate, range, subject, lens and made: folders written by
`anybokeh.synth.raytraced` are read as well.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.clip.outputs import put_in_place, remove
from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens
from anybokeh.shot import Scene, Shot
from anybokeh.synth.maps import is_grey, matching, read_maps, read_pictures, write_maps

VERSION = 1
DESCRIPTION = "scene.json"
RATE = 24.0


@dataclass(frozen=True)
class Sample:
    """One clip with its exact truth.

    Attributes:
        name: of its folder.
        frames: (frames, 3, height, width) float32, everything in focus, sRGB code values in [0, 1].
        disparity: (frames, height, width) float32 in [0, 1], 1 is nearest.
        bokeh: (frames, 3, height, width) float32, what the lens sees, sRGB code values in [0, 1].
        focus, blur, range: (frames,) float32; see `Shot`.
        masks: (objects, frames, height, width) float32, visible coverage of each object, or None.
        subject: index in `masks` of what is meant to be in focus, or None.
        clipped: (frames, height, width) float32 in (0, 1], share of the light that clipping left, or
            (frames, 3, height, width) where it is known by channel, or None.
        rate: frames a second.
        lens: the lens of `bokeh`.
        metadata: how it was made, JSON values.
    """

    name: str
    frames: np.ndarray
    disparity: np.ndarray
    bokeh: np.ndarray
    focus: np.ndarray
    blur: np.ndarray
    range: np.ndarray
    masks: np.ndarray | None = None
    subject: int | None = None
    clipped: np.ndarray | None = None
    rate: float = RATE
    lens: Lens = field(default_factory=Lens)
    metadata: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def subject_mask(self) -> np.ndarray | None:
        """(frames, height, width) coverage of the subject, or None where it is not known."""
        return None if self.masks is None or self.subject is None else self.masks[self.subject]

    def shot(self, radiance: bool = False, disparity: np.ndarray | None = None) -> Shot:
        """The sample as a renderer takes it.

        Args:
            radiance: also pass on how bright clipped pixels were.
            disparity: another one in place of the exact disparity, such as a damaged one.

        Raises:
            InputError: if the radiance is asked for and not known.
        """
        gain = None
        if radiance:
            if self.clipped is None:
                raise InputError(f"sample {self.name}: does not tell its clipped light; render without it")
            gain = 1 / np.maximum(self.clipped, 1 / 65535)
        scene = Scene(self.disparity if disparity is None else disparity, gain)
        return Shot(self.frames, scene, self.focus, self.blur, self.range)


def sample_folders(root: str | Path) -> list[Path]:
    """The folders of samples at `root`: itself, or those in it, in order of their names.

    Raises:
        InputError: if there are none.
    """
    root = Path(root)
    if (root / DESCRIPTION).is_file():
        return [root]
    found = sorted(path.parent for path in root.glob(f"*/{DESCRIPTION}") if path.parent.name[0] != ".")
    if not found:
        raise InputError(f"{root}: holds no samples; give a folder that `anybokeh synth` has written")
    return found


def write_sample(folder: str | Path, sample: Sample, bits: int = 8) -> None:
    """Write a sample as a new folder, whole or not at all; a folder of that name is replaced.

    Args:
        folder: where; its parent must exist.
        sample: what.
        bits: 8 or 16, of the pictures; disparity and clipped light have 16, masks 8.
    """
    folder = Path(folder)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_parts(temporary, sample, bits)
        put_in_place(temporary, folder)
    except BaseException:
        remove(temporary)
        raise


def read_sample(folder: str | Path) -> Sample:
    """Read a sample.

    Raises:
        InputError: a file is missing or unreadable, or lengths or sizes do not match.
    """
    folder = Path(folder)
    path = folder / DESCRIPTION
    description = _description(path)
    frames = read_pictures(folder / "aif")
    count, _, height, width = frames.shape
    if description.get("frames", count) != count:
        raise InputError(
            f"{folder / 'aif'}: has {count} frames where {DESCRIPTION} says {description['frames']}"
        )
    if list(description.get("size", (width, height))) != [width, height]:
        raise InputError(
            f"{folder / 'aif'}: is {width}x{height} where {DESCRIPTION} says {description['size']}"
        )
    shape = (count, height, width)
    masks, subject = _read_masks(folder, description, shape)
    return Sample(
        name=folder.resolve().name,
        frames=frames,
        disparity=read_maps(folder / "disparity", shape),
        bokeh=matching(folder / "bokeh", read_pictures(folder / "bokeh"), frames.shape),
        focus=_per_frame(path, description, "focus", count),
        blur=_per_frame(path, description, "blur", count),
        range=_per_frame(path, description, "range", count, 0.0),
        masks=masks,
        subject=subject,
        clipped=_clipped(folder / "clipped", shape) if (folder / "clipped").is_dir() else None,
        rate=_rate(path, description),
        lens=_lens(path, description.get("lens", {})),
        metadata=description.get("made", {}),
    )


def _clipped(folder: Path, shape: tuple[int, int, int]) -> np.ndarray:
    if is_grey(folder):
        return read_maps(folder, shape)
    return matching(folder, read_pictures(folder), (shape[0], 3, *shape[1:]))


def _write_parts(folder: Path, sample: Sample, bits: int) -> None:
    count, _, height, width = sample.frames.shape
    write_maps(folder / "aif", sample.frames, bits)
    write_maps(folder / "bokeh", sample.bokeh, bits)
    write_maps(folder / "disparity", sample.disparity, 16)
    if sample.masks is not None:
        for index, mask in enumerate(sample.masks):
            write_maps(folder / "masks" / f"{index:02d}", mask, 8)
    if sample.subject_mask is not None:
        write_maps(folder / "mask", sample.subject_mask, 8)
    if sample.clipped is not None:
        write_maps(folder / "clipped", sample.clipped, 16)
    description = {
        "version": VERSION,
        "frames": count,
        "size": [width, height],
        "rate": sample.rate,
        "transfer": "srgb",
        **{name: [_short(v) for v in getattr(sample, name)] for name in ("focus", "blur", "range")},
        "subject": sample.subject,
        "lens": _lens_settings(sample.lens),
        "made": sample.metadata,
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n")


def _short(value: float) -> float:
    """The shortest decimal that reads back as the same float32."""
    return float(np.format_float_positional(np.float32(value), unique=True))


def _lens_settings(lens: Lens) -> dict[str, Any]:
    default = asdict(Lens())
    changed = {name: value for name, value in asdict(lens).items() if value != default[name]}
    return {name: str(value) if isinstance(value, Path) else value for name, value in changed.items()}


def _lens(path: Path, settings: Any) -> Lens:
    known = {item.name for item in fields(Lens)}
    if not isinstance(settings, dict) or not set(settings) <= known:
        raise InputError(f"{path}: lens is {settings!r}; expected settings of a lens")
    image = settings.get("image")
    return Lens(**{**settings, **({"image": Path(image)} if image else {})})


def _description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: is missing; give a folder that `anybokeh synth` has written") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make the sample again") from None
    if not isinstance(description, dict):
        raise InputError(f"{path}: holds no JSON object; make the sample again")
    if description.get("version", VERSION) != VERSION:
        raise InputError(
            f"{path}: is of version {description['version']}; this program reads version {VERSION}"
        )
    if description.get("transfer", "srgb") != "srgb":
        raise InputError(f"{path}: transfer is {description['transfer']!r}; samples are sRGB")
    return description


def _read_masks(
    folder: Path, description: dict[str, Any], shape: tuple[int, ...]
) -> tuple[np.ndarray | None, int | None]:
    """Masks of all objects, or of the subject alone where only that is there."""
    objects = sorted(path for path in folder.glob("masks/*") if path.is_dir())
    if objects:
        subject = description.get("subject")
        if subject is not None and subject not in range(len(objects)):
            raise InputError(f"{folder / DESCRIPTION}: subject is {subject!r} of {len(objects)} objects")
        return np.stack([read_maps(path, shape) for path in objects]), subject
    if (folder / "mask").is_dir():
        return read_maps(folder / "mask", shape)[None], 0
    return None, None


def _per_frame(
    path: Path, description: dict[str, Any], name: str, count: int, default: float | None = None
) -> np.ndarray:
    values = description.get(name, default)
    try:
        array = np.asarray(values, dtype=np.float32).reshape(-1)
    except (TypeError, ValueError):
        raise InputError(f"{path}: {name} is {values!r}; expected one number a frame") from None
    if len(array) == 1:
        array = np.repeat(array, count)
    if len(array) != count:
        raise InputError(f"{path}: {name} has {len(array)} values for {count} frames")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise InputError(f"{path}: {name} runs from {array.min():g} to {array.max():g}; expected 0 or more")
    return array


def _rate(path: Path, description: dict[str, Any]) -> float:
    rate = description.get("rate", RATE)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < 1e4:
        raise InputError(f"{path}: rate is {rate!r}; expected frames a second")
    return float(rate)
