"""The pieces: views, guided filter, motion, stance, people, contrast, the record."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import anybokeh
from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.filters.guided_filter import Guide, enlarge
from anybokeh.storage.pinned import FACE_NETWORK, SUBJECT_NETWORK, PinnedFile, find
from anybokeh.subject import saliency as saliency_module
from anybokeh.subject.bodies import Body
from anybokeh.subject.clip_subject import ClipSubject
from anybokeh.subject.contrast import Contrast
from anybokeh.subject.faces import FaceNetwork
from anybokeh.subject.motion import departure, link, stands, strangeness
from anybokeh.subject.network import SaliencyNetwork
from anybokeh.subject.parts import main_part
from anybokeh.subject.people import prefer, subjects
from anybokeh.subject.record import Record, write_record
from anybokeh.subject.saliency import PeopleFirst, load_saliency
from anybokeh.subject.stance import stance
from anybokeh.subject.views import view, view_size

from .scenes import HEIGHT, WIDTH, frame, iou, mask, texture


def test_views_keep_the_shape():
    assert view_size(1024, 576) == (320, 180)
    assert view_size(576, 1024) == (180, 320)
    assert view_size(100, 50) == (100, 50)
    assert view(np.zeros((1080, 1920, 3), np.uint8)).close.shape == (288, 512, 3)
    assert view(np.zeros((1080, 1920, 3), np.uint16)).picture.dtype == np.uint8
    assert view(np.full((90, 160, 3), 7, np.uint8)).is_blank


def plain_guided(picture, values, radius, smoothness):
    """The definition, window by window: He, Sun and Tang, equations 14 to 16."""
    size = 2 * radius + 1
    pixels = np.pad(picture / 255.0, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    given = np.pad(values.astype(np.float64), radius, mode="symmetric")
    height, width = values.shape
    slopes, offsets = np.empty((height, width, 3)), np.empty((height, width))
    for y in range(height):
        for x in range(width):
            colours = pixels[y : y + size, x : x + size].reshape(-1, 3)
            window = given[y : y + size, x : x + size].ravel()
            centred = colours - colours.mean(axis=0)
            covariance = centred.T @ centred / len(window) + smoothness * np.eye(3)
            slope = np.linalg.solve(covariance, centred.T @ (window - window.mean()) / len(window))
            slopes[y, x], offsets[y, x] = slope, window.mean() - slope @ colours.mean(axis=0)
    slopes = np.pad(slopes, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    offsets = np.pad(offsets, radius, mode="symmetric")
    result = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            slope = slopes[y : y + size, x : x + size].mean(axis=(0, 1))
            result[y, x] = slope @ (picture[y, x] / 255.0) + offsets[y : y + size, x : x + size].mean()
    return result


def test_the_guided_filter_is_its_definition():
    picture = texture(3, 18, 23)
    values = np.random.default_rng(4).random((18, 23)).astype(np.float32)
    expected = plain_guided(picture, values, 2, 1e-2)
    np.testing.assert_allclose(Guide(picture, 2, 1e-2).filter(values), expected, atol=2e-4)


def test_enlarging_finds_the_edge_of_the_picture():
    large = np.full((240, 320, 3), 40, np.uint8)
    cv2.circle(large, (160, 120), 70, (200, 90, 60), -1)
    truth = large[..., 0] > 100
    share = cv2.resize(truth.astype(np.float32), (80, 60), interpolation=cv2.INTER_AREA)
    plain = cv2.resize(share, (320, 240), interpolation=cv2.INTER_NEAREST)
    result = enlarge(share, large)
    assert iou(result > 0.5, truth) > 0.99 > iou(plain > 0.5, truth)


def test_the_dominant_motion_is_the_background_s():
    found = link(view(frame(10)), view(frame(11)))
    assert found is not None
    moved = found.dominant @ [80, 45, 1]
    np.testing.assert_allclose(moved[:2] / moved[2], [78, 45], atol=0.3)
    moving = departure(None, found)
    assert moving is not None
    assert np.median(moving[mask(10)]) > 2 and np.median(moving[~mask(10)]) < 0.3


def test_whether_the_camera_stands():
    moving, still = link(view(frame(10)), view(frame(11))), link(view(frame(0, False)), view(frame(0, False)))
    assert stands(still, still) and stands(None, still)
    assert not stands(moving, still) and not stands(moving, None)


def test_departure_knows_nothing_without_neighbours():
    assert departure(None, None) is None
    assert strangeness(frame(0), []) is None


def test_strange_colours_are_the_subject_s():
    shifts = [
        (index, np.array([[1, 0, -2.0 * (index - 10)], [0, 1, 0], [0, 0, 1]])) for index in (0, 5, 15, 20)
    ]
    found = strangeness(frame(10), [(frame(index), matrix) for index, matrix in shifts])
    inside = cv2.erode(mask(10).astype(np.uint8), np.ones((5, 5))) > 0
    assert np.median(found[inside]) > 0.7
    assert np.median(found[~mask(10)]) < 0.05


def test_a_fade_is_no_cut():
    assert link(view(frame(0)), view((frame(1) * 0.8).astype(np.uint8))) is not None


@pytest.mark.parametrize("at", [0.6, 0.85])
def test_where_a_subject_stands(at):
    picture = np.full((100, 160, 3), (90, 120, 200), np.uint8)
    picture[round(100 * (at - 0.1)) :] = (120, 90, 40)
    share = np.zeros((100, 160), np.float32)
    share[20 : round(100 * at), 70:90] = 1
    found = stance(picture, share)
    assert found.contact == pytest.approx(at, abs=0.02)
    assert found.far == pytest.approx(at - 0.1, abs=0.05)


def test_a_subject_that_the_lower_edge_cuts_off():
    share = np.zeros((100, 160), np.float32)
    share[30:, 50:110] = 1
    assert stance(texture(5, 100, 160), share).contact == pytest.approx(1.1)
    nothing = stance(np.zeros((100, 160, 3), np.uint8), np.zeros((100, 160), np.float32))
    assert np.isnan(nothing.contact) and np.isnan(nothing.far)


def test_small_parts_are_left_out():
    share = np.zeros((100, 160), np.float32)
    share[20:70, 30:80], share[80:85, 140:145] = 1, 1
    kept, confidence = main_part(share, share)
    assert confidence == 1 and kept[:, 130:].max() == 0 and kept[30:60, 40:70].min() == 1
    assert main_part(share * 0.4, share)[1] == 0


def test_confidence_falls_where_the_network_disagrees():
    share = np.zeros((100, 160), np.float32)
    share[20:70, 30:80] = 1
    elsewhere = np.roll(share, 70, axis=1)
    assert main_part(share, elsewhere)[1] < 0.3
    assert main_part(share, np.maximum(share, elsewhere))[1] < 0.8


def test_people_come_first():
    found = np.zeros((180, 320), np.float32)
    # a bright sign at the left, a person at the right that was seen but for the head
    found[40:100, 20:90], found[90:170, 220:260] = 0.9, 0.8
    result = prefer(found, [(230, 60, 22, 22)])
    assert result[70, 50] < 0.4 < 0.5 < result[72, 241]
    assert result[130, 240] >= 0.8
    # the head is as good as sure
    assert result[71, 241] > 0.8

    class Seen:
        name, is_guess = "seen", False

        def __call__(self, picture):
            return found

    picture = np.zeros((180, 320, 3), np.uint8)
    finder = PeopleFirst(Seen(), lambda picture: [])
    assert finder(picture) is found and "people" in finder.name


class Nearsighted:
    """Sees what fills a good part of the picture, and always a bright sign."""

    name, is_guess = "nearsighted", False

    def __call__(self, picture):
        person = (picture[..., 0] == 255).astype(np.float32)
        sign = (picture[..., 1] == 255).astype(np.float32)
        return np.maximum(sign, person if person.mean() > 0.1 else 0)


def test_a_person_who_does_not_stand_out_is_looked_at_from_close():
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[20:90, 20:100, 1] = 255
    picture[62:150, 225:247, 0] = 255
    truth = picture[..., 0] > 0
    assert not Nearsighted()(picture)[truth].any()
    found = PeopleFirst(Nearsighted(), lambda picture: [(230, 62, 12, 12)])(picture)
    assert found[truth].min() > 0.5 and found[picture[..., 1] > 0].max() < 0.5


def test_a_crowd_behind_is_not_the_subject():
    found = np.zeros((180, 320), np.float32)
    found[60:170, 140:180] = 0.9
    crowd = [(x, 40, 11, 12) for x in (10, 60, 110, 220, 280)]
    dancer = (152, 62, 14, 15)
    assert subjects(found, [*crowd, dancer]) == [dancer]
    # two alone are no crowd, and a large face is never one of it
    assert subjects(found, crowd[:2]) == crowd[:2]
    assert subjects(found, [*crowd, (10, 10, 30, 40)]) == [(10, 10, 30, 40)]


def weights(file: PinnedFile) -> Path:
    """Where they are; the test skips where they are not."""
    found = find(file)
    if found is None:
        pytest.skip(f"{file.title} is not here: anybokeh models get subject")
    return found


@pytest.fixture(params=["onnxruntime", "opencv"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks run on one of both."""
    if request.param == "opencv":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    else:
        pytest.importorskip("onnxruntime")


def test_faces_are_found_by_the_network(library):
    faces = FaceNetwork(weights(FACE_NETWORK))
    with open_clip(Path(anybokeh.__file__).parent / "demo" / "clip.mp4") as clip:
        picture = view(next(iter(clip)).pixels).picture
    # of the astronaut in front; the same where the picture is mirrored
    (x, y, width, height), *others = faces(picture)
    assert not others
    assert abs(x + width / 2 - 124) < 6 and abs(y + height / 2 - 58) < 6 and 20 < width < 36
    (mirrored,) = faces(np.ascontiguousarray(picture[:, ::-1]))
    assert abs(mirrored[0] + mirrored[2] / 2 - (320 - 124)) < 6
    assert faces(np.full((90, 160, 3), 128, np.uint8)) == []


def test_colours_that_the_rim_lacks_stand_out():
    picture = np.full((90, 160, 3), (60, 110, 60), np.uint8)
    cv2.circle(picture, (80, 50), 20, (220, 40, 40), -1)
    found = Contrast()(picture)
    assert found[45:55, 70:90].min() > 0.6 and found[:10].max() < 0.2
    assert found.shape == (90, 160)


def test_the_network_finds_what_stands_out(library):
    network = SaliencyNetwork(weights(SUBJECT_NETWORK))
    picture = np.full((180, 320, 3), (180, 190, 200), np.uint8)
    cv2.ellipse(picture, (160, 100), (35, 55), 0, 0, 360, (160, 40, 30), -1)
    truth = picture[..., 1] < 100
    found = network(picture)
    assert found.shape == (180, 320) and iou(found > 0.5, truth) > 0.9


def test_without_weights_the_subject_is_guessed(monkeypatch):
    monkeypatch.setattr(saliency_module, "obtain", lambda files: [None for _ in files])
    monkeypatch.setattr(saliency_module, "find_cascade", lambda: None)
    assert load_saliency().name == Contrast.name and load_saliency().is_guess


def test_a_guess_says_how_to_get_the_networks():
    clip = ClipSubject(lambda: [texture(0, HEIGHT, WIDTH)] * 2, 2, (WIDTH, HEIGHT), saliency=Contrast())
    assert clip.notes[0].endswith("for a better one: anybokeh models get subject")


def test_the_record_keeps_shares_and_facts(tmp_path):
    shares = np.random.default_rng(0).random((3, HEIGHT, WIDTH)).astype(np.float32)
    rows = [(0, 0.5, 0.9, 0.7), (1, 0.0, np.nan, np.nan), (1, 1.0, 1.1, 0.5)]
    shifts = np.random.default_rng(1).normal(size=(3, 5, 7)).astype(np.float32)
    numbers = (shares > 0.5).astype(np.uint8)
    bodies = [Body(0, 1, 0, 0.25, 0.5)]
    assert write_record(tmp_path / "r", zip(shares, numbers, shifts, rows, strict=True), lambda: bodies) == 3
    record = Record(tmp_path / "r")
    assert len(record) == 3 and record.bodies == tuple(bodies)
    np.testing.assert_array_equal(record.numbers(1), numbers[1])
    np.testing.assert_allclose(record.share(2), shares[2], atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(record.parallax(1), shifts[1], rtol=1e-3)
    assert record.course.shots == [range(1), range(1, 3)]
    np.testing.assert_array_equal(record.course.contact, [0.9, np.nan, 1.1])
    (tmp_path / "r").write_bytes(b"PK")
    with pytest.raises(InputError, match="delete it"):
        Record(tmp_path / "r")
