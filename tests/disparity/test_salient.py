from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.clip import open_clip
from anybokeh.clip.times import source_times
from anybokeh.disparity.choose import EstimateSettings, find_disparity
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.disparity.scene_model import FAR, SUBJECT, Scene, background, compose, scenes
from anybokeh.errors import InputError
from anybokeh.filters.guided_filter import enlarge
from anybokeh.storage.pinned import SUBJECT_NETWORK, find
from anybokeh.subject import ClipSubject, Course
from subject.scenes import COUNT, HEIGHT, WIDTH, Known, frame, iou, mask

MASKS = {index: mask(index) for index in range(COUNT)}
FEW = 48
"""Frames of the real clip that are looked at."""
LARGE = (4 * WIDTH, 4 * HEIGHT)


def large(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, LARGE, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def disparity() -> SalientDisparity:
    subject = ClipSubject(lambda: map(frame, range(COUNT)), COUNT, (WIDTH, HEIGHT), saliency=Known(MASKS))
    return SalientDisparity(subject)


def test_the_subject_stands_before_the_background(disparity):
    assert (disparity.name, disparity.count, disparity.size) == ("salient", COUNT, (WIDTH, HEIGHT))
    for index in (0, 7, COUNT - 1):
        found = disparity.read(index)
        assert found.shape == (HEIGHT, WIDTH) and found.dtype == np.float32
        assert found.min() >= 0 and found.max() <= 1
        inside = found[cv2.erode(MASKS[index].astype(np.uint8), np.ones((7, 7))) > 0]
        assert np.median(inside) == pytest.approx(SUBJECT, abs=0.02)
        assert found[:10].max() < 0.2
    with pytest.raises(IndexError):
        disparity.read(COUNT)


def test_edges_are_those_of_the_frame(disparity):
    picture = large(frame(12))
    found = disparity.read(12, picture)
    assert found.shape == picture.shape[:2]
    truth = cv2.resize(MASKS[12].astype(np.float32), LARGE, interpolation=cv2.INTER_CUBIC) > 0.5
    behind = background(disparity._scene(12), len(found))[:, None]
    near = np.abs(found - SUBJECT) < np.abs(found - behind)
    assert iou(near, truth) > 0.85
    # hardly anything lies in between
    between = (found > behind + 0.05) & (found < SUBJECT - 0.05)
    assert (between & (behind < 0.4)).mean() < 0.06


def course(**rows: list[float]) -> Course:
    count = len(next(iter(rows.values())))
    given = {name: np.array(rows.get(name, [np.nan] * count), float) for name in ("contact", "far")}
    shot = np.array(rows.get("shot", [0] * count), int)
    return Course(shot, np.ones(count), given["contact"], given["far"])


def test_the_ground_runs_straight_from_its_end_to_the_feet():
    scene = Scene(contact=0.9, far=0.6)
    rows = background(scene, 1000)
    assert rows[600] == pytest.approx(FAR, abs=0.01) and rows[900] == pytest.approx(SUBJECT, abs=0.01)
    assert rows[750] == pytest.approx((FAR + SUBJECT) / 2, abs=0.01)
    assert (np.diff(rows) >= 0).all() and rows[-1] < 1
    extended = FAR * (0.6 - scene.horizon) / (0.6 - scene.horizon)
    assert extended == pytest.approx(FAR)
    assert FAR - (0.6 - scene.horizon) * (SUBJECT - FAR) / 0.3 == pytest.approx(0, abs=1e-9)


def test_scenes_are_steady_within_a_shot_and_new_after_a_cut():
    trembling = 0.8 + 0.02 * np.random.default_rng(0).standard_normal(60)
    found = scenes(course(contact=[*trembling, *[0.6] * 20], far=[0.5] * 80, shot=[0] * 60 + [1] * 20))
    contacts = np.array([scene.contact for scene in found])
    assert np.abs(np.diff(contacts[:60])).max() < 0.004
    assert contacts[59] > 0.78 and contacts[60] == pytest.approx(0.6, abs=1e-6)


def test_scenes_without_a_subject_or_ground():
    assert all(0 < scene.far < scene.contact for scene in scenes(course(contact=[np.nan] * 3)))
    # the end of the ground never comes to lie below the feet
    assert scenes(course(contact=[0.5], far=[0.9]))[0].far < 0.5


def test_composing():
    rows = np.array([0.1, 0.2], np.float32)
    share = np.array([[0, 1], [0.5, 0]], np.float32)
    np.testing.assert_allclose(compose(share, rows), [[0.1, SUBJECT], [0.45, 0.2]], atol=1e-6)


def test_a_clip_without_a_subject(tmp_path):
    subject = ClipSubject(lambda: [np.zeros((48, 64, 3), np.uint8)] * 4, 4, (64, 48), saliency=Known(MASKS))
    disparity = SalientDisparity(subject)
    assert np.ptp(disparity.read(2), axis=1).max() == 0
    assert any("no subject stands out" in note for note in subject.notes)
    # and larger frames give the same
    assert disparity.read(2, np.zeros((96, 128, 3), np.uint8)).shape == (96, 128)


def test_a_clip_that_ends_early():
    subject = ClipSubject(lambda: map(frame, range(5)), 9, (WIDTH, HEIGHT), saliency=Known(MASKS))
    with pytest.raises(InputError, match="5 of 9 frames"):
        SalientDisparity(subject).read(0)


def test_only_what_is_shown_is_looked_at():
    saliency = Known(MASKS)
    subject = ClipSubject(
        lambda: map(frame, range(12, 20)), COUNT, (WIDTH, HEIGHT), looked_at=range(12, 20), saliency=saliency
    )
    np.testing.assert_array_equal(subject.share(0), subject.share(12))
    np.testing.assert_array_equal(subject.share(COUNT - 1), subject.share(19))
    assert iou(subject.read(15), MASKS[15]) > 0.8
    assert len(subject.course.shot) == COUNT and saliency.requested == [12, 18]


@pytest.mark.slow
def test_the_real_clip(shared, monkeypatch, tmp_path):
    """Against the given masks and disparity: a network on single frames has an IoU of 0.66."""
    folder = shared / "clips" / "breakdance"
    if not folder.is_dir() or find(SUBJECT_NETWORK) is None:
        pytest.skip("needs the reference clip and the network's weights")
    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    scores, ordered = [], []
    with open_clip(folder / "clip.mp4") as clip:
        times = source_times(clip.info)
        found = find_disparity("salient", clip.info, times, estimate=EstimateSettings(shown=range(FEW)))
        assert "estimate" in found.notes[0] and found.steady
        disparity = found.disparity
        assert isinstance(disparity, SalientDisparity)
        for one in clip:
            if one.index == FEW:
                break
            if one.index % 3:
                continue
            truth = cv2.imread(str(folder / "mask" / f"{one.index:05}.png"), 0) > 127
            given = cv2.imread(str(folder / "disparity" / f"{one.index:05}.png"), 0).astype(int)
            share = enlarge(disparity.subject.share(one.index), one.pixels)
            scores.append(iou(share > 0.4, truth))
            estimate = disparity.read(one.index, one.pixels)
            inside, outside = (rng.choice(np.flatnonzero(part), 2000) for part in (truth, ~truth))
            expected = np.sign(given.flat[inside] - given.flat[outside])
            order = np.sign(estimate.flat[inside] - estimate.flat[outside])
            ordered.append((expected == order)[expected != 0].mean())
    assert np.mean(scores) > 0.75
    assert np.mean(ordered) > 0.9
