"""What a notebook shows of a shot."""

from __future__ import annotations

import re
from base64 import b64decode

import cv2
import numpy as np

from anybokeh import Shot


def _pictures(html: str) -> list[np.ndarray]:
    data = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [cv2.imdecode(np.frombuffer(b64decode(one), np.uint8), cv2.IMREAD_UNCHANGED) for one in data]


def test_a_few_small_frames_stand_above_their_disparity() -> None:
    frames = np.zeros((9, 3, 30, 400), np.float32)
    frames[:, 0] = 1  # red
    disparity = np.broadcast_to(np.linspace(0, 1, 9, dtype=np.float32)[:, None, None], (9, 30, 400))
    html = Shot(frames, disparity, 0.25, 16)._repr_html_()
    shown = _pictures(html)
    assert [picture.shape for picture in shown] == [(15, 200, 3)] * 4 + [(15, 200)] * 4
    assert (shown[0] == (0, 0, 255)).all()
    assert [int(picture[0, 0]) for picture in shown[4:]] == [0, 96, 159, 255]
    assert "frame 8: focus 0.25, blur 16" in html and "Shot(frames=float32(9, 3, 30, 400)" in html


def test_linear_light_is_shown_as_one_sees_it_and_texts_are_escaped() -> None:
    frames = np.full((1, 3, 4, 6), 0.2140, np.float32)
    frames[0, :, 0, 0] = 7.5  # brighter than white
    html = Shot(frames, np.zeros((1, 4, 6)), 0.5, 16, transfer="linear")._repr_html_()
    (picture, _) = _pictures(html)
    assert (picture[1:] == 127).all() and (picture[0, 0] == 255).all()
    assert "<code>Shot(" in html and "&#x27;linear&#x27;" in html
