"""A training that begins with Stable Video Diffusion, or with a pipeline of this package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")

from anybokeh.errors import InputError  # noqa: E402
from anybokeh.models import AnyBokehPipeline  # noqa: E402
from anybokeh.training.config import ModelSettings, read_settings  # noqa: E402
from anybokeh.training.start import completed, new_pipeline  # noqa: E402
from anybokeh.training.trained_modules import encode  # noqa: E402
from anybokeh.training.training_run import smoke  # noqa: E402

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


def test_a_start_that_is_not_there_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be built") as caught:
        new_pipeline(ModelSettings(start=str(tmp_path)), 0)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline of this package in half precision, without any weight as it would begin."""
    folder = tmp_path_factory.mktemp("own") / "model"
    pipe = new_pipeline(smoke(read_settings("nano")).model, 0)
    torch.manual_seed(6)
    with torch.no_grad():
        for network in (pipe.unet, pipe.vae):
            for weight in network.parameters():
                weight.normal_(std=0.1)
    pipe.vae.register_to_config(scaling_factor=0.5)
    pipe.to(torch.float16).save_pretrained(folder)
    return folder


def test_a_pipeline_of_this_package_is_taken_with_its_settings(own: Path) -> None:
    known = AnyBokehPipeline.from_pretrained(own)
    pipe = new_pipeline(ModelSettings(start=str(own)), 1)
    for name in ("variant", "mpi_alpha", "working_area", "condition"):
        assert pipe.config[name] == known.config[name], name
    assert list(pipe.config["trained_blur"]) == [4, 48] and pipe.config["condition"] == "lens"
    assert pipe.vae.config["scaling_factor"] == 0.5
    for one, other in ((pipe.unet, known.unet), (pipe.vae, known.vae)):
        weights = one.state_dict()
        for name, tensor in other.state_dict().items():
            assert weights[name].dtype == torch.float32 and torch.equal(weights[name], tensor), name


def test_what_is_left_out_is_as_the_start_has_it_and_what_is_given_holds(own: Path) -> None:
    settings = completed(ModelSettings(start=str(own), condition="signed", masked=False))
    assert settings.layered_render and settings.working_area == 64 * 64
    assert (settings.condition, settings.masked) == ("signed", False)
    pipe = new_pipeline(settings, 0)
    assert (pipe.config["condition"], pipe.config["variant"]) == ("signed", "released")
    assert completed(ModelSettings(start="nano")).trained_blur == (4, 48)
    assert completed(settings) == settings


def test_a_render_that_the_start_does_not_see_is_reported(own: Path) -> None:
    with pytest.raises(InputError, match=r"layered_render is false, but .* was trained with true"):
        completed(ModelSettings(start=str(own), layered_render=False))


def broken(folder: Path, file: str, change: Any) -> None:
    settings = json.loads((folder / file).read_text())
    settings.update(change)
    (folder / file).write_text(json.dumps(settings))


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("model_index.json", {"_class_name": "FluxPipeline"}, "holds a FluxPipeline: expected an AnyBokeh"),
        ("unet/config.json", {"block_out_channels": [64, 64, 64]}, "do not fit|differ|shape"),
        ("unet/config.json", {"down_block_types": ["NoBlock"]}, "down_block"),
    ],
)
def test_another_architecture_is_reported_in_one_line(
    own: Path, tmp_path: Path, file: str, change: Any, message: str
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(own, folder)
    broken(folder, file, change)
    with pytest.raises(InputError, match=message) as caught:
        new_pipeline(ModelSettings(start=str(folder)), 0)
    assert "\n" not in str(caught.value)


def test_a_start_without_weights_is_reported(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(own, folder)
    shutil.rmtree(folder / "vae")
    with pytest.raises(InputError, match="vae"):
        new_pipeline(ModelSettings(start=str(folder)), 0)
