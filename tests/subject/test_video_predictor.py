from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.subject.video_predictor import Prompt, VideoPredictor, load_video_predictor

from .scenes import frame
from .tiny_predictors import SIDE, tiny_edgetam, tiny_sam2

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module", params=["sam2", "edgetam"])
def model(request):
    return tiny_sam2() if request.param == "sam2" else tiny_edgetam()


def test_a_click_is_followed_in_bounded_memory(model, monkeypatch):
    sessions = []
    make = VideoPredictor._session

    def kept(self, *size):
        sessions.append(make(self, *size))
        return sessions[-1]

    monkeypatch.setattr(VideoPredictor, "_session", kept)
    predictor = VideoPredictor(model)
    read = 0

    def frames():
        nonlocal read
        for index in range(40):
            read += 1
            yield frame(index)

    for count, found in enumerate(predictor.follow(frames(), Prompt(points=((0.3, 0.5),))), 1):
        assert read == count
        assert found.share.shape == (SIDE // 4, SIDE // 4) and found.share.dtype == np.float32
        assert 0 <= found.share.min() <= found.share.max() <= 1 and 0 <= found.confidence <= 1
    assert count == 40
    (session,) = sessions
    outputs = session.output_dict_per_obj[0]
    assert not session.processed_frames
    assert len(outputs["cond_frame_outputs"]) == 1
    assert len(outputs["non_cond_frame_outputs"]) <= 16


def test_forgetting_changes_nothing(model, monkeypatch):
    def shares():
        followed = VideoPredictor(model).follow(map(frame, range(24)), Prompt(box=(0.1, 0.2, 0.4, 0.8)))
        return np.stack([found.share for found in followed])

    forgetting = shares()
    monkeypatch.setattr(VideoPredictor, "_forget", lambda *_: None)
    np.testing.assert_allclose(forgetting, shares(), atol=1e-6)


def test_saved_and_loaded(tmp_path: Path):
    # the backbone of EdgeTAM is timm's, which the tests do without
    model = tiny_sam2()
    model.save_pretrained(tmp_path)
    prompt = Prompt(points=((0.3, 0.5),), box=(0.1, 0.2, 0.4, 0.8))
    own, loaded = (
        next(predictor.follow([frame(0)], prompt)).share
        for predictor in (VideoPredictor(model), load_video_predictor(str(tmp_path), device="cpu"))
    )
    np.testing.assert_allclose(own, loaded, atol=1e-6)


def test_what_is_no_such_model(tmp_path: Path):
    with pytest.raises(InputError, match="check the spelling"):
        load_video_predictor(str(tmp_path / "nothing"))
    transformers.ViTConfig(hidden_size=8).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="expected SAM 2"):
        load_video_predictor(str(tmp_path))


@pytest.mark.parametrize(
    "given", [{}, {"points": ((2.0, 0.5),)}, {"box": (0.5, 0.5, 0.4, 0.8)}, {"points": ((float("nan"), 0),)}]
)
def test_prompts_that_make_no_sense(given):
    with pytest.raises(InputError):
        Prompt(**given)
