"""`anybokeh.refocus`: pictures in, the same kind of pictures out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import anybokeh
import tiny
from anybokeh.errors import InputError
from anybokeh.job import refocus_frames
from anybokeh.render import LayeredRenderer

PLAIN = {"steady": False, "repair": False, "hidden": False}
COUNT, HEIGHT, WIDTH = 2, 48, 64


def _pictures() -> np.ndarray:
    """(COUNT, HEIGHT, WIDTH, 3) uint8."""
    return np.stack(tiny.pictures(COUNT, HEIGHT, WIDTH))


def _disparity() -> np.ndarray:
    """Near on the left, far on the right."""
    maps = np.full((COUNT, HEIGHT, WIDTH), 0.9, np.float32)
    maps[..., WIDTH // 2 :] = 0.1
    return maps


def _images(pictures: np.ndarray) -> list[Any]:
    image = pytest.importorskip("PIL.Image")
    return [image.fromarray(one) for one in pictures]


def _tensor(values: np.ndarray) -> Any:
    return pytest.importorskip("torch").from_numpy(values)


KINDS = {
    "uint8": lambda p: p,
    "uint16": lambda p: p.astype(np.uint16) * 257,
    "float32": lambda p: p.astype(np.float32) / 255,
    "float64, channels first": lambda p: p.transpose(0, 3, 1, 2) / 255,
    "list of arrays": list,
    "images": _images,
    "tensor": lambda p: _tensor(p.transpose(0, 3, 1, 2).astype(np.float32) / 255),
    "list of tensors": lambda p: [_tensor(one) for one in p],
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_comes_out(kind: str) -> None:
    given = KINDS[kind](_pictures())
    result = anybokeh.refocus(given, _disparity(), focus=0.9, blur=64, **PLAIN)
    assert type(result) is type(given) and len(result) == COUNT
    first, before = result[0], given[0]
    assert type(first) is type(before)
    if kind == "images":
        assert (first.mode, first.size) == ("RGB", (WIDTH, HEIGHT))
    else:
        assert (first.dtype, first.shape) == (before.dtype, before.shape)
    after, before = (np.asarray(one, np.float64) for one in (first, before))
    if after.shape[0] == 3:
        after, before = after.transpose(1, 2, 0), before.transpose(1, 2, 0)
    near, far = (slice(None), slice(0, 16)), (slice(None), slice(40, None))
    np.testing.assert_allclose(after[near], before[near], rtol=1e-6)
    assert np.std(after[far]) < 0.6 * np.std(before[far])


def test_it_is_what_prepare_and_a_renderer_make() -> None:
    frames = (_pictures().transpose(0, 3, 1, 2) / 255).astype(np.float32)
    lens = anybokeh.Lens(blades=5)
    expected = LayeredRenderer(lens).render(anybokeh.prepare(frames, _disparity(), 0.9, 24, range=0.05))
    result = anybokeh.refocus(frames, _disparity(), 0.9, 24, range=0.05, lens=lens, device="cpu")
    np.testing.assert_array_equal(result, expected)


def test_a_single_picture_comes_out_as_one() -> None:
    picture = _pictures()[0]
    result = anybokeh.refocus(picture, _disparity()[0], focus=0.1, **PLAIN)
    assert result.shape == picture.shape
    np.testing.assert_array_equal(result[:, 48:], picture[:, 48:])
    (image,) = _images(picture[None])
    np.testing.assert_array_equal(
        np.asarray(anybokeh.refocus(image, _disparity()[0], focus=0.1, **PLAIN)), result
    )


@pytest.mark.parametrize("maps", ["uint8", "uint16", "images"])
def test_maps_of_integers_are_divided_by_what_they_can_hold(maps: str) -> None:
    codes = np.rint(_disparity() * 255).astype(np.uint8)
    given: Any = {"uint8": codes, "uint16": codes.astype(np.uint16) * 257}.get(maps)
    given = _images(codes) if given is None else given
    exact = codes.astype(np.float32) / 255
    result, expected = (
        anybokeh.refocus(_pictures(), one, focus=0.5, blur=32, **PLAIN) for one in (given, exact)
    )
    assert np.abs(result.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("focus", "sharp"),
    [((8, 24), slice(0, 16)), ((56, 24), slice(48, None)), ("point:90%,50%", slice(48, None))],
)
def test_a_point_is_what_is_in_focus(focus: Any, sharp: slice) -> None:
    pictures = np.stack([_pictures()[0]] * 2)
    result = anybokeh.refocus(pictures, _disparity(), focus, blur=64, **PLAIN)
    change = np.abs(result.astype(int) - pictures).mean(axis=(0, 1, 3))
    assert change[sharp].max() < 1 and change.max() > 10


@pytest.mark.filterwarnings("ignore")
def test_disparity_and_focus_are_found_where_nothing_is_said() -> None:
    pictures = _pictures()
    result = anybokeh.refocus(pictures, blur=128)
    assert result.shape == pictures.shape and result.dtype == np.uint8
    assert np.abs(result.astype(int) - pictures).mean() > 1
    with pytest.warns(UserWarning, match="salient estimate"):
        anybokeh.refocus(pictures[0], focus=0.5)


BAD = {
    "text": ("clip.mp4", {}, "frames are str: expected PIL images"),
    "nothing": ([], {}, "frames are empty"),
    "shape": (np.zeros((2, 8, 8, 4)), {}, r"frames have shape \(2, 8, 8, 4\)"),
    "flat": (np.zeros((8, 8)), {}, r"frames have shape \(8, 8\)"),
    "integers": (np.zeros((2, 8, 8, 3), np.int64), {}, "frames are int64"),
    "range": (np.full((2, 8, 8, 3), 200.0), {}, "divide 8-bit values by 255"),
    "sizes": ([np.zeros((8, 8, 3)), np.zeros((8, 9, 3))], {}, "frames differ"),
    "numbers": ([1, 2], {}, "frames are a list of int"),
    "maps": (np.zeros((2, 8, 8, 3)), {"disparity": np.zeros((1, 8, 8))}, "disparity has shape"),
    "point": (np.zeros((2, 8, 8, 3)), {"focus": (1, 2, 3)}, r"expected a point \(x, y\)"),
    "point outside": (np.zeros((2, 8, 8, 3)), {"focus": (90, 2)}, "outside of the frame"),
    "focus": (np.zeros((2, 8, 8, 3)), {"focus": "sharp"}, "focus 'sharp'"),
    "disparity": (np.zeros((2, 8, 8, 3)), {"disparity": "no/such.npy"}, "no/such.npy"),
    "renderer": (np.zeros((2, 8, 8, 3)), {"renderer": "x!"}, "renderer is 'x!'"),
    "blur": (np.zeros((2, 8, 8, 3)), {"blur": -1, "focus": 0.5}, "blur"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_one_line(case: str) -> None:
    frames, options, says = BAD[case]
    options = {"disparity": np.zeros((2, 8, 8), np.float32), "focus": 0.5} | options
    with pytest.raises(InputError, match=says) as caught:
        anybokeh.refocus(frames, **options, **PLAIN)
    assert "\n" not in str(caught.value)


def test_images_of_another_mode_say_how_to_convert_them() -> None:
    image = pytest.importorskip("PIL.Image").new("RGBA", (8, 8))
    with pytest.raises(InputError, match=r"mode RGBA: expected RGB; image.convert\('RGB'\)"):
        anybokeh.refocus([image], np.zeros((1, 8, 8)), 0.5)


def test_what_the_renderer_remarks_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = LayeredRenderer(notes=("rendered on the processor",))
    monkeypatch.setattr(refocus_frames, "load_renderer", lambda *_, **__: renderer)
    with pytest.warns(UserWarning, match="rendered on the processor"):
        anybokeh.refocus(_pictures(), _disparity(), focus=0.9, blur=64, **PLAIN)
