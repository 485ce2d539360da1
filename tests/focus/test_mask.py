from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from anybokeh.disparity import open_disparity
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import steady
from anybokeh.focus.mask import focus_from_masks, focus_in_mask, inside, open_masks, paired_masks

HEIGHT, WIDTH = 72, 128


class Disparity:
    """A disc in front of a plane, its disparity given for each frame, with a smeared edge."""

    name, official, size = "made up", None, (WIDTH, HEIGHT)

    def __init__(self, near: np.ndarray) -> None:
        self.near, self.count = near, len(near)

    def read(self, index, frame=None):
        soft = cv2.GaussianBlur(disc().astype(np.float32), (0, 0), 1)
        return 0.1 + soft * np.float32(self.near[index] - 0.1)


class Masks:
    name = "masks"

    def __init__(self, masks) -> None:
        self.masks, self.count, self.size = masks, len(masks), masks[0].shape[::-1]

    def read(self, index):
        return self.masks[index]


def disc() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (x - 60) ** 2 + (y - 30) ** 2 < 15**2


def test_the_rim_and_outliers_do_not_count():
    disparity = Disparity(np.array([0.8])).read(0)
    disparity[28:32, 58:62] = 0
    assert focus_in_mask(disparity, disc()) == pytest.approx(0.8, abs=0.01)
    assert disparity[disc()].mean() < 0.77


def test_masks_of_another_size():
    large = cv2.resize(disc().astype(np.uint8), None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST) > 0
    assert focus_in_mask(Disparity(np.array([0.8])).read(0), large) == pytest.approx(0.8, abs=0.01)


def test_a_mask_one_pixel_wide_still_counts():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[20:40, 60] = True
    assert focus_in_mask(Disparity(np.array([0.8])).read(0), mask) == pytest.approx(0.8, abs=0.01)


def test_focus_follows_without_lag_and_without_tremble():
    rng = np.random.default_rng(0)
    clean = np.interp(np.arange(60), [0, 20, 40, 59], [0.3, 0.3, 0.7, 0.7])
    noisy = clean + rng.normal(0, 0.01, 60)
    noisy[30] = 0.95
    focus, *_ = focus_from_masks(Disparity(noisy), Masks([disc()] * 60))
    assert np.abs(focus - clean).max() < 0.025
    assert abs(np.argmin(np.abs(focus - 0.5)) - 30) <= 1
    assert np.abs(np.diff(focus, 2)).mean() < 0.1 * np.abs(np.diff(noisy, 2)).mean()


def test_a_steady_pull_keeps_its_speed_at_both_ends():
    pull = np.linspace(0.2, 0.8, 40)
    np.testing.assert_allclose(steady(pull), pull, atol=0.005)


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_short_clips(frames):
    focus, *_ = focus_from_masks(Disparity(np.full(frames, 0.6)), Masks([disc()] * frames))
    np.testing.assert_allclose(focus, 0.6, atol=0.01)


def test_gaps_are_bridged():
    clean = np.linspace(0.3, 0.7, 50)
    masks = [disc() if not (10 <= i < 20 or i >= 45) else np.zeros_like(disc()) for i in range(50)]
    focus, *_ = focus_from_masks(Disparity(clean), Masks(masks))
    assert np.abs(focus[:45] - clean[:45]).max() < 0.02
    assert np.abs(focus[45:] - clean[44]).max() < 0.02


def test_the_range_covers_the_depth_of_what_lies_inside():
    class Leaning(Disparity):
        def read(self, index, frame=None):
            disparity = super().read(index).copy()
            return disparity + np.linspace(-0.3, 0.3, disparity.shape[1], dtype=np.float32)

    flat, leaning = (
        focus_from_masks(kind(np.full(20, 0.6)), Masks([disc()] * 20))[1] for kind in (Disparity, Leaning)
    )
    assert flat.max() < 0.02
    inner = cv2.erode(disc().astype(np.uint8), np.ones((5, 5))) > 0
    values = Leaning(np.full(20, 0.6)).read(3)[inner]
    assert leaning.std() < 1e-4
    assert (np.abs(values - values.mean()) <= leaning[3]).mean() > 0.8 and leaning[3] < 0.15


def test_some_frames_only():
    clean = np.linspace(0.3, 0.7, 50)
    frames = np.array([12, 13, 14, 30, 31])
    focus, *_ = focus_from_masks(Disparity(clean), Masks([disc()] * 50), frames)
    np.testing.assert_allclose(focus, clean[frames], atol=0.02)


def test_empty_masks_and_wrong_counts_are_refused():
    with pytest.raises(InputError, match="all masks are empty"):
        focus_from_masks(Disparity(np.full(3, 0.5)), Masks([np.zeros_like(disc())] * 3))
    with pytest.raises(InputError, match=r"2 masks .* 3 disparity maps"):
        focus_from_masks(Disparity(np.full(3, 0.5)), Masks([disc()] * 2))


def test_masks_of_another_shape_are_refused():
    with pytest.raises(InputError, match="masks are 64x64"):
        focus_from_masks(Disparity(np.full(3, 0.5)), Masks([np.ones((64, 64), bool)] * 3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_inside(dtype):
    scale = np.iinfo(dtype).max // 255
    grey = np.array([[0, 1, 127, 128, 255]], dtype) * dtype(scale)
    expected = [[False, False, False, True, True]]
    assert inside(grey).tolist() == expected
    assert inside(np.repeat(grey[..., None], 3, axis=2)).tolist() == expected
    assert inside((grey / (255 * scale)).astype(np.float32)).tolist() == expected


def test_alpha_of_cut_outs_is_the_mask_and_opaque_alpha_is_not():
    picture = np.full((1, 2, 4), 200, np.uint8)
    picture[0, :, 3] = 0, 255
    assert inside(picture).tolist() == [[False, True]]
    picture[0, :, 3] = 0
    assert inside(picture).tolist() == [[False, False]]
    picture[0, :, 3] = 255
    picture[0, 0, :3] = 0
    assert inside(picture).tolist() == [[False, True]]


def write(folder, images):
    folder.mkdir()
    for index, image in enumerate(images):
        cv2.imwrite(str(folder / f"{index}.png"), image)
    return folder


def test_mask_files(tmp_path):
    masks = open_masks(write(tmp_path / "masks", [disc().astype(np.uint8) * 255] * 3))
    assert (masks.count, masks.size) == (3, (WIDTH, HEIGHT))
    np.testing.assert_array_equal(masks.read(1), disc())
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=path.name):
            open_masks(path)


def test_masks_belong_to_images_of_their_number(tmp_path):
    images = [np.full((4, 6), 255 if number == 5 else 0, np.uint8) for number in range(8)]
    (write(tmp_path / "masks", images) / "2.png").unlink()
    masks = open_masks(tmp_path / "masks")
    found, notes = paired_masks(masks, (1, 3, 5, 6))
    assert [bool(found.read(index).any()) for index in range(found.count)] == [False, False, True, False]
    assert len(notes) == 1 and "3 masks have no image" in notes[0]
    with pytest.raises(InputError, match="has no masks for the images 2 of"):
        paired_masks(masks, (2, 4, 5))
    # frames of videos have no numbers
    assert paired_masks(masks, None) == (masks, ())


def test_label_images_and_palettes_number_objects(tmp_path):
    labels = open_masks(
        write(tmp_path / "labels", [disc().astype(np.uint8) * 2, np.zeros_like(disc(), np.uint8)])
    )
    np.testing.assert_array_equal(labels.read(0), disc())
    assert not labels.read(1).any()
    # OpenCV hands out palettes as their colours; this is the first of the DAVIS palette.
    colours = disc()[..., None] * np.array([0, 0, 128], np.uint8)
    write(tmp_path / "palette", [colours])
    np.testing.assert_array_equal(open_masks(tmp_path / "palette").read(0), disc())


def test_noise_in_empty_frames_of_white_masks_is_not_a_label(tmp_path):
    noise = np.random.default_rng(0).integers(0, 3, disc().shape, np.uint8)
    masks = open_masks(write(tmp_path / "masks", [disc().astype(np.uint8) * 255, noise]))
    assert not masks.read(1).any()


def test_the_real_clip_agrees_with_the_official_focus(shared):
    clip = shared / "clips" / "breakdance"
    official = np.array(json.loads((clip / "focus.json").read_text())["focus_disparity"])
    focus, *_ = focus_from_masks(open_disparity(clip / "disparity"), open_masks(clip / "mask"))
    # The official value is the plain mean with the rim, which the background pulls down by 0.02.
    assert np.abs(focus - official).mean() < 0.025
    assert np.corrcoef(focus, official)[0, 1] > 0.95
