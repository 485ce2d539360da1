from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.subject.video_predictor import Prompt, VideoPredictor, load_video_predictor

from .scenes import frame

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SIDE = 64


@pytest.fixture(scope="module")
def model():
    """A tiny SAM 2 with random weights."""
    from transformers import Sam2VideoConfig, Sam2VideoModel

    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [SIDE, SIDE],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2],
        "window_positional_embedding_background_size": [4, 4],
        "global_attention_blocks": [3],
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[SIDE // 4] * 2, [SIDE // 8] * 2, [SIDE // 16] * 2],
        "fpn_hidden_size": 128,
    }
    config = Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 128, "image_size": SIDE, "patch_size": 16},
        mask_decoder_config={
            "hidden_size": 128,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
        image_size=SIDE,
        memory_attention_hidden_size=128,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[SIDE // 16] * 2,
        memory_encoder_hidden_size=128,
        memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=32,
    )
    torch.manual_seed(0)
    return Sam2VideoModel(config)


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


def test_saved_and_loaded(model, tmp_path: Path):
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
