"""Finding the photographs that benchmark scenes show.

They come from Debian packages and from scikit-image, and are never committed. Only items kept for testing
appear here: none of them is used for training or in the demo clip.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.synth.raytraced.surface_pictures import from_code, load_picture

STAMPS = Path("/usr/share/tuxpaint/stamps")
MATE = Path("/usr/share/backgrounds/mate/nature")
PLASMA = Path("/usr/share/wallpapers")

_CUT_OUTS = {
    "birch": "plants/trees/birch.png",
    "crowned_crane": "animals/birds/crowned_crane.png",
    "eggplant": "plants/eggplant.png",
    "european-bear": "animals/mammals/bears/european-bear.png",
    "gnu-baby-stand": "animals/mammals/bovines/gnu-baby-stand.png",
    "helmeted_guineafowl": "animals/birds/helmeted_guineafowl.png",
    "holm_oak": "plants/trees/holm_oak.png",
    "lion-2": "animals/mammals/cats/lion-2.png",
    "otter": "animals/mammals/aquatic/otter.png",
    "pink_flamingo": "animals/birds/pink_flamingo.png",
    "thyme": "plants/thyme.png",
    "tiger_sumatran": "animals/mammals/cats/tiger_sumatran.png",
    "tree336": "plants/trees/tree336.png",
}
_WALLPAPERS = {
    "Blinds": MATE / "Blinds.jpg",
    "EveningGlow": PLASMA / "EveningGlow/contents/images/2560x1600.jpg",
    "OneStandsOut": PLASMA / "OneStandsOut/contents/images/2560x1600.jpg",
    "Path": PLASMA / "Path/contents/images/2560x1600.jpg",
    "RainDrops": MATE / "RainDrops.jpg",
}
_PACKAGES = {
    STAMPS: "Debian's tuxpaint-stamps-default",
    MATE: "Debian's mate-backgrounds",
    PLASMA: "Debian's plasma-workspace-wallpapers",
}
TEST_ITEMS = (*_CUT_OUTS, *_WALLPAPERS, "gravel")
"""Names of all the pictures that the scenes may show."""


def find_picture(name: str, library: Path | None = None) -> Path:
    """The file of a test item: in the folder `library` if there is one, else where its package puts it.

    Raises:
        InputError: if the picture is in neither place.
    """
    place, package = _system_place(name)
    for candidate in [*_in_library(library, name, place), place]:
        if candidate.is_file():
            return candidate
    looked = f"{library} or {place}" if library else str(place)
    raise InputError(
        f"picture {name} is not at {looked}: "
        f"install {package}, or give a folder made by `anybokeh synth fetch`"
    )


def _in_library(library: Path | None, name: str, place: Path) -> list[Path]:
    """Files of the library that may be the item, those that keep their package's folders first."""
    if library is None:
        return []
    found = [path for path in library.rglob("*") if name in (path.stem, *path.parts[len(library.parts) : -1])]
    pictures = [path for path in found if path.suffix.lower() in (".png", ".jpg", ".jpeg")]
    return sorted(pictures, key=lambda path: (path.parts[-2:] != place.parts[-2:], str(path)))


def _system_place(name: str) -> tuple[Path, str]:
    if name in _CUT_OUTS:
        return STAMPS / _CUT_OUTS[name], _PACKAGES[STAMPS]
    if name in _WALLPAPERS:
        place = _WALLPAPERS[name]
        return place, next(package for root, package in _PACKAGES.items() if place.is_relative_to(root))
    if name == "gravel":
        from importlib.util import find_spec

        spec = find_spec("skimage")
        origin = Path(spec.origin).parent if spec and spec.origin else Path("skimage")
        return origin / "data/gravel.png", "the extra anybokeh[raytrace] (scikit-image)"
    raise ValueError(f"{name!r} is not one of the test items {', '.join(TEST_ITEMS)}")


class Pictures:
    """The test items as pictures for surfaces, each read once and kept."""

    def __init__(self, library: Path | None = None) -> None:
        self._library = library
        self._read: dict[str, np.ndarray] = {}

    def __call__(self, name: str, gain: float = 1.0) -> np.ndarray:
        """The item as linear radiance times `gain` and coverage, (height, width, 4) float32."""
        if name not in self._read:
            longest = 1600 if name in _WALLPAPERS else 800
            self._read[name] = load_picture(find_picture(name, self._library), longest=longest)
        return self._read[name] * np.array([gain, gain, gain, 1], dtype=np.float32)

    def tinted(self, name: str, tint: tuple[float, float, float]) -> np.ndarray:
        """A grey photograph, its code values multiplied by `tint`."""
        from anybokeh.optics.light import encode

        code = encode(self(name)[..., :3], "srgb") * np.asarray(tint)
        return from_code(np.clip(code, 0, 1).astype(np.float32))

    def wrapped(self, name: str) -> np.ndarray:
        """The middle of an item, mirrored, to wrap around a ball or a tube."""
        picture = self(name)
        height, width = picture.shape[:2]
        middle = picture[height // 4 : -height // 4, width // 4 : -width // 4].copy()
        middle[..., 3] = 1
        return np.concatenate([middle, middle[:, ::-1]] * 2, axis=1)
