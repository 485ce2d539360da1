"""Outlines decided by a matte."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.disparity.files import FileDisparity
from anybokeh.disparity.matting import MattedDisparity, refine_with_matte
from anybokeh.errors import InputError
from disparity import damaged


class Known:
    """A matting that knows the answer, and keeps what it was asked."""

    def __init__(self, exact: np.ndarray, split: float) -> None:
        self._alpha = (exact > split).astype(np.float32)
        self.trimap = np.empty(0)

    def alpha(self, picture: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        self.trimap = trimap
        return np.where(trimap == 0.5, self._alpha, trimap)


def comb() -> tuple[np.ndarray, np.ndarray]:
    """A near body with hairs of two pixels, and its disparity."""
    exact = np.full((96, 160), 0.2, np.float32)
    exact[:, :70] = 0.8
    for row in range(6, 90, 12):
        exact[row : row + 2, 70:76] = 0.8
    picture = np.where(exact[..., None] > 0.5, 200, 60).repeat(3, axis=2).astype(np.uint8)
    return picture, exact


def test_a_right_matte_gives_right_outlines() -> None:
    picture, exact = comb()
    soft = cv2.GaussianBlur(exact, (0, 0), 2)
    matting = Known(exact, 0.5)
    result = refine_with_matte(picture, soft, matting)
    # surfaces keep their own values, softened a little near the edge
    assert ((result > 0.5) == (exact > 0.5)).all()
    assert np.abs(result - exact).mean() < 0.25 * np.abs(soft - exact).mean()
    assert set(np.unique(matting.trimap)) == {0, 0.5, 1}
    assert ((matting.trimap == 1) <= (exact > 0.5)).all() and ((matting.trimap == 0) <= (exact < 0.5)).all()


def test_away_from_edges_nothing_changes() -> None:
    picture, exact = comb()
    result = refine_with_matte(picture, exact, Known(1 - exact, 0.5))
    np.testing.assert_array_equal(result[:, :55], exact[:, :55])
    np.testing.assert_array_equal(result[:, 95:], exact[:, 95:])


def test_without_edges_nothing_is_asked() -> None:
    flat = np.full((40, 60), 0.3, np.float32)
    assert refine_with_matte(np.zeros((40, 60, 3), np.uint8), flat, None) is flat  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    backbone = transformers.VitDetConfig(
        num_channels=4,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=64,
        pretrain_image_size=32,
        patch_size=16,
        window_size=4,
        out_features=["stage2"],
    )
    config = transformers.VitMatteConfig(
        backbone_config=backbone,
        hidden_size=16,
        convstream_hidden_sizes=[8, 8, 8],
        fusion_hidden_sizes=[16, 8, 8, 8],
    )
    folder = tmp_path_factory.mktemp("matte")
    transformers.VitMatteForImageMatting(config).eval().save_pretrained(folder)
    return folder


def test_a_network_decides_what_is_asked_and_nothing_else(tiny: Path) -> None:
    from anybokeh.disparity.matting import load_matting

    frames, exact = damaged.scene(height=90, width=150)
    picture = np.ascontiguousarray((frames[0].transpose(1, 2, 0) * 255).astype(np.uint8))
    matting = load_matting(str(tiny), device="cpu")
    trimap = np.full(exact[0].shape, 0.5, np.float32)
    trimap[:, :50], trimap[:, 100:] = 1, 0
    alpha = matting.alpha(picture, trimap)
    assert alpha.shape == trimap.shape and alpha.min() >= 0 and alpha.max() <= 1
    assert (alpha[:, :50] == 1).all() and (alpha[:, 100:] == 0).all()
    assert np.ptp(alpha[:, 50:100]) > 0
    result = refine_with_matte(picture, damaged.blurred(exact)[0], matting)
    assert result.min() >= 0 and result.max() <= 1


def test_a_source_is_refined_where_frames_are_given(tiny: Path) -> None:
    from anybokeh.disparity.arrays import ArrayMaps
    from anybokeh.disparity.choose import with_matte

    picture, exact = comb()
    source = FileDisparity(ArrayMaps("maps", cv2.GaussianBlur(exact, (0, 0), 2)[None]))
    matted = MattedDisparity(source, Known(exact, 0.5))
    np.testing.assert_array_equal(matted.read(0), source.read(0))
    assert ((matted.read(0, picture) > 0.5) == (exact > 0.5)).all()
    assert with_matte(None, "cpu")(source) is source
    assert with_matte(str(tiny), "cpu")(source).read(0, picture).shape == exact.shape


def test_a_model_that_is_no_matting(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    from anybokeh.disparity.matting import load_matting

    transformers.BertConfig(hidden_size=8, num_hidden_layers=1).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="type vitmatte"):
        load_matting(str(tmp_path))
