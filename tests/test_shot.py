"""What a shot accepts and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.settings import MAX_BLUR
from anybokeh.shot import Scene, Shot

FRAMES = np.zeros((2, 3, 4, 6), np.float32)
DISPARITY = np.full((2, 4, 6), 0.5, np.float32)


def test_scalars_hold_for_every_frame():
    shot = Shot(FRAMES, DISPARITY, 0.5, 16)
    assert shot.focus.tolist() == [0.5, 0.5]
    assert shot.blur.tolist() == [16, 16]
    assert shot.range.tolist() == [0, 0]
    assert len(shot) == 2


def test_values_per_frame_and_double_precision_are_taken():
    shot = Shot(FRAMES.astype(np.float64), DISPARITY.astype(np.float64), [0, 1], (16, 32), np.array([0, 0.5]))
    assert shot.frames.dtype == shot.disparity.dtype == shot.focus.dtype == np.float32
    assert shot.range.tolist() == [0, 0.5]


def test_disparity_alone_is_a_scene():
    assert np.array_equal(Shot(FRAMES, DISPARITY, 0.5, 16).scene.disparity, DISPARITY)
    shot = Shot(FRAMES, Scene(DISPARITY, np.ones((2, 4, 6))), 0.5, 16)
    assert shot.scene.radiance.dtype == np.float32


def test_display_width_counts_pixel_aspect():
    assert Shot(FRAMES, DISPARITY, 0.5, 16, pixel_aspect=1.5).display_width == 9


def test_tensors_are_taken_and_given_back():
    torch = pytest.importorskip("torch", reason="tensors need PyTorch")
    shot = Shot(torch.zeros(2, 3, 4, 6), torch.zeros(2, 4, 6), torch.tensor(0.5), torch.tensor([1.0, 2.0]))
    assert isinstance(shot.frames, np.ndarray)
    assert isinstance(shot.like_input(FRAMES), torch.Tensor)
    assert isinstance(Shot(FRAMES, DISPARITY, 0.5, 16).like_input(FRAMES), np.ndarray)


def test_linear_light_may_exceed_white_and_codes_a_little():
    assert Shot(FRAMES + 40, DISPARITY, 0.5, 16, transfer="linear").frames.max() == 40
    assert Shot(FRAMES + 1.005, DISPARITY, 0.5, 16).frames.max() == np.float32(1.005)


def test_a_shot_shows_itself_in_one_line():
    frames = np.linspace(0, 1, 2 * 3 * 40 * 60).reshape(2, 3, 40, 60)
    scene = Scene(np.full((2, 40, 60), 0.25), np.ones((2, 40, 60)))
    assert repr(scene) == (
        "Scene(disparity=float32(2, 40, 60) in [0.25, 0.25], radiance=float32(2, 40, 60) in [1, 1])"
    )
    shown = repr(Shot(frames, scene, [0.5, 0.75], 16))
    assert shown.startswith(f"Shot(frames=float32(2, 3, 40, 60) in [0, 1], scene={scene!r}, ")
    assert "focus=float32(2,) in [0.5, 0.75], blur=float32(2,) in [16, 16], range=float32(2,)" in shown
    assert "transfer='srgb'" in shown and "_from_torch" not in shown
    assert "\n" not in shown and len(shown) < 400


def test_a_scene_without_frames_shows_itself():
    assert repr(Scene(np.zeros((0, 4, 6)))) == "Scene(disparity=float32(0, 4, 6), radiance=None)"


def test_shots_and_scenes_compare_by_identity():
    scenes = Scene(DISPARITY), Scene(DISPARITY)
    shots = Shot(FRAMES, scenes[0], 0.5, 16), Shot(FRAMES, scenes[0], 0.5, 16)
    for one, other in (scenes, shots):
        assert one == one and one != other
        assert len({one, other}) == 2


def _with(array: np.ndarray, value: float) -> np.ndarray:
    array = array.copy()
    array[0, 0, 0] = value
    return array


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"frames": FRAMES[0]}, "(3, 4, 6)"),
        ({"frames": FRAMES.transpose(0, 2, 3, 1)}, "expected (frames, 3, height, width)"),
        ({"frames": FRAMES[:0]}, "(0, 3, 4, 6)"),
        (
            {"frames": np.full_like(FRAMES, 255, np.uint8)},
            "run from 255 to 255: expected [0, 1] without NaN; divide",
        ),
        ({"frames": FRAMES - 1}, "run from -1 to -1"),
        ({"frames": _with(FRAMES, np.nan)}, "run from nan"),
        ({"frames": _with(FRAMES, np.inf), "transfer": "linear"}, "frames hold NaN or infinite"),
        ({"scene": DISPARITY[:1]}, "disparity has shape (1, 4, 6)"),
        ({"scene": DISPARITY[:, :2]}, "expected (2, 4, 6)"),
        ({"scene": Scene(DISPARITY, DISPARITY[:1])}, "radiance has shape"),
        ({"scene": Scene(DISPARITY, np.ones((*DISPARITY.shape[:1], 2, *DISPARITY.shape[1:])))}, "or (2, 3"),
        ({"scene": _with(DISPARITY, np.nan)}, "without NaN"),
        ({"scene": _with(DISPARITY, np.inf)}, "expected [0, 1]"),
        ({"scene": _with(DISPARITY, 1.01)}, "1.01"),
        ({"scene": _with(DISPARITY, -0.01)}, "-0.01"),
        ({"focus": 1.5}, "focus runs from 1.5"),
        ({"focus": float("nan")}, "focus"),
        ({"focus": [0.1, 0.2, 0.3]}, "focus has 3 values"),
        ({"focus": []}, "focus has 0 values"),
        ({"blur": -1}, "blur runs from -1"),
        ({"blur": MAX_BLUR + 1}, "512"),
        ({"range": 2}, "range"),
        ({"transfer": "gamma"}, "transfer is 'gamma'"),
        ({"pixel_aspect": 0}, "pixel aspect is 0"),
        ({"pixel_aspect": float("nan")}, "pixel aspect is nan"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(changed, part):
    with pytest.raises(InputError) as error:
        Shot(**{"frames": FRAMES, "scene": DISPARITY, "focus": 0.5, "blur": 16, **changed})
    assert part in str(error.value)
    assert "\n" not in str(error.value)
