"""Outlines of subjects from a map of bodies."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.focus.spec import PointFocus, parse_focus
from anybokeh.studio.outlines import face_outline, outlines_of


def test_every_body_has_its_outlines_and_specks_have_none() -> None:
    numbers = np.zeros((90, 160), np.uint8)
    cv2.circle(numbers, (40, 45), 20, 1, -1)
    cv2.rectangle(numbers, (100, 20), (130, 70), 2, -1)
    cv2.rectangle(numbers, (140, 20), (155, 70), 2, -1)
    numbers[2, 2] = 3
    found = outlines_of(numbers)
    assert [one["focus"] for one in found] == ["subject:1", "subject:2"]
    assert [len(one["outlines"]) for one in found] == [1, 2]
    for one, number in zip(found, (1, 2), strict=True):
        again = np.zeros_like(numbers)
        for outline in one["outlines"]:
            places = np.rint(np.array(outline) * (160, 90) - 0.5).astype(np.int32)
            cv2.fillPoly(again, [places], 1)
        inside = numbers == number
        assert (again.astype(bool) & inside).sum() / (again.astype(bool) | inside).sum() > 0.9


def test_without_bodies_there_is_nothing() -> None:
    assert outlines_of(np.zeros((9, 16), np.uint8)) == []


def test_a_face_is_an_ellipse_that_is_followed_from_its_middle() -> None:
    found = face_outline((0.4, 0.2, 0.1, 0.3), 1.25)
    assert parse_focus(found["focus"]) == PointFocus(45.0, 35.0, True, True, 1.25)
    places = np.array(found["outlines"][0])
    assert np.allclose([places[:, 0].min(), places[:, 0].max()], [0.4, 0.5], atol=1e-3)
    assert np.allclose([places[:, 1].min(), places[:, 1].max()], [0.2, 0.5], atol=1e-3)


def test_a_face_at_the_border_is_still_a_point_of_the_picture() -> None:
    found = face_outline((-0.2, 0.9, 0.2, 0.3), 0.0)
    parse_focus(found["focus"])
    places = np.array(found["outlines"][0])
    assert places.min() >= 0 and places.max() <= 1
