"""A training that begins with Stable Video Diffusion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.training.config import ModelSettings  # noqa: E402
from anybokeh.training.parts import encode, new_pipeline  # noqa: E402

UNET: dict[str, Any] = {
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    "block_out_channels": (32, 32),
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 24,
    "layers_per_block": 1,
    "cross_attention_dim": 16,
    "num_attention_heads": (2, 2),
}
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "block_out_channels": (32, 32),
    "layers_per_block": 1,
}
CLIP: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "patch_size": 56,
    "projection_dim": 16,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of Stable Video Diffusion, with small networks."""
    folder = tmp_path_factory.mktemp("svd")
    torch.manual_seed(5)
    diffusers.UNetSpatioTemporalConditionModel(**UNET).save_pretrained(folder / "unet")
    diffusers.AutoencoderKLTemporalDecoder(**VAE).save_pretrained(folder / "vae")
    encoder = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**CLIP))
    encoder.save_pretrained(folder / "image_encoder")
    transformers.CLIPImageProcessorPil().save_pretrained(folder / "feature_extractor")
    return folder


def test_known_weights_are_taken_and_new_ones_begin_without_effect(base: Path) -> None:
    pipe = new_pipeline(ModelSettings(start=str(base)), 0)
    known = diffusers.UNetSpatioTemporalConditionModel.from_pretrained(base / "unet").state_dict()
    own = pipe.unet.state_dict()
    for name, tensor in known.items():
        assert torch.equal(own[name], tensor), name
    assert torch.equal(own["conv_in_mpi.weight"], known["conv_in.weight"][:, :4])
    assert all(float(own[name]) == 0 for name in own if "fuser.alpha_" in name)
    known = diffusers.AutoencoderKLTemporalDecoder.from_pretrained(base / "vae").state_dict()
    own = pipe.vae.state_dict()
    for name, tensor in known.items():
        assert torch.equal(own[name], tensor), name
    skips = [own[name] for name in own if "skip_conv" in name]
    assert len(skips) == 2 and all(float(skip.max()) == pytest.approx(1e-5) for skip in skips)


def test_the_layered_render_begins_without_effect(base: Path) -> None:
    plain = new_pipeline(ModelSettings(start=str(base)), 0).unet
    pipe = new_pipeline(ModelSettings(start=str(base), layered_render=True), 0)
    assert pipe.unet.sees_render and not plain.sees_render
    known = plain.conv_in.weight
    assert torch.equal(pipe.unet.conv_in.weight, torch.cat((known, torch.zeros_like(known[:, :4])), dim=1))


def test_frames_are_embedded_by_its_image_encoder(base: Path) -> None:
    pipe = new_pipeline(ModelSettings(start=str(base)), 0)
    batch = {
        "frames": torch.rand(1, 2, 3, 64, 64),
        "disparity": torch.rand(1, 2, 64, 64),
        "focus": torch.full((1, 2), 0.5),
        "blur": torch.full((1, 2), 16.0),
        "range": torch.zeros(1, 2),
    }
    latents = encode(pipe, batch)
    assert latents.context is not None and latents.context.shape == (2, 1, 16)
    assert latents.given.shape == (1, 2, 8, 32, 32)


def test_a_start_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be built") as caught:
        new_pipeline(ModelSettings(start=str(tmp_path)), 0)
    assert "\n" not in str(caught.value)
