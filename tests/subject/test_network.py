from __future__ import annotations

import numpy as np

from anybokeh.subject.network import stretched


def test_a_faint_picture_is_stretched():
    faint = np.linspace(150, 190, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    result = stretched(faint)
    assert result.min() == 0 and result.max() == 255 and result.dtype == np.float32
    assert (np.diff(result.ravel()) >= 0).all()


def test_ordinary_and_blank_pictures_stay_as_they_are():
    ordinary = np.linspace(10, 240, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    for picture in (ordinary, np.full((48, 64, 3), 80, np.float32)):
        assert stretched(picture) is picture
