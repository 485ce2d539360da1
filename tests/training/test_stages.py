"""Stages: what is trained, from where it begins, and what the losses are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from anybokeh.models import AnyBokehPipeline  # noqa: E402
from anybokeh.render import LayeredRenderer, Scene, Shot  # noqa: E402
from anybokeh.training.config import StageSettings, TrainingSettings, read_settings  # noqa: E402
from anybokeh.training.stages import is_temporal, new_stage, pixel_losses, sobel  # noqa: E402
from anybokeh.training.start import new_pipeline  # noqa: E402
from anybokeh.training.trained_modules import encode  # noqa: E402
from anybokeh.training.training_run import smoke  # noqa: E402
from anybokeh.training.versions import Versions  # noqa: E402


@pytest.fixture(scope="module")
def settings() -> TrainingSettings:
    return smoke(read_settings("nano"))


@pytest.fixture
def pipe(settings: TrainingSettings) -> AnyBokehPipeline:
    return new_pipeline(settings.model, 0)


@pytest.fixture
def batch() -> dict[str, Any]:
    draw = torch.Generator().manual_seed(3)
    pictures, maps, numbers = (1, 2, 3, 64, 64), (1, 2, 64, 64), (1, 2)
    batch = {
        "frames": torch.rand(pictures, generator=draw),
        "bokeh": torch.rand(pictures, generator=draw),
        "disparity": torch.rand(maps, generator=draw),
        "focus": torch.rand(numbers, generator=draw),
        "blur": torch.full(numbers, 16.0),
        "range": torch.zeros(numbers),
    }
    clip = {name: one[0].numpy() for name, one in batch.items()}
    return batch | {"render": torch.from_numpy(Versions(render=True).make("exact", clip, 0)["render"])[None]}


def plain_decoder(settings: TrainingSettings) -> StageSettings:
    """The stage that trains the decoder alone."""
    return next(stage for stage in settings.stages if stage.part == "decoder" and not stage.also)


def stirred(pipe: AnyBokehPipeline) -> AnyBokehPipeline:
    """With noise where weights begin as 0, so that gradients reach everything before them."""
    torch.manual_seed(4)
    with torch.no_grad():
        for network in (pipe.unet, pipe.vae):
            for name, weight in network.named_parameters():
                if not weight.any() and "alpha_" not in name:
                    weight.normal_(std=0.02)
    return pipe


def changed_by(pipe: AnyBokehPipeline, settings: TrainingSettings, part: str, batch: Any) -> set[str]:
    """Names of the weights that one large step changes."""
    stage = new_stage(stirred(pipe), next(one for one in settings.stages if one.part == part))
    networks = {"unet": pipe.unet, "vae": pipe.vae}
    before = {f"{n}.{k}": v.clone() for n, net in networks.items() for k, v in net.state_dict().items()}
    torch.manual_seed(1)
    optimiser = torch.optim.SGD([p for p in stage.module.parameters() if p.requires_grad], 1.0)
    sum(stage.losses(stage.module, batch).values()).backward()  # type: ignore[union-attr]
    optimiser.step()
    after = {f"{n}.{k}": v for n, net in networks.items() for k, v in net.state_dict().items()}
    return {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}


def test_gates_are_closed_and_mpi_tokens_begin_as_the_picture(pipe: AnyBokehPipeline) -> None:
    unet = pipe.unet
    gates = [p for name, p in unet.named_parameters() if "alpha_" in name]
    assert gates and all(float(gate) == 0 for gate in gates)
    half = unet.conv_in_mpi.in_channels
    assert unet.conv_in.in_channels == 3 * half
    assert torch.equal(unet.conv_in_mpi.weight, unet.conv_in.weight[:, :half])
    assert torch.equal(unet.conv_in_mpi.bias, unet.conv_in.bias)


def test_the_first_stage_trains_the_autoencoder_alone(pipe, settings, batch) -> None:
    changed = changed_by(pipe, settings, "vae", batch)
    assert {name.split(".")[0] for name in changed} == {"vae"}
    assert "vae.encoder.conv_in.weight" in changed and "vae.decoder.time_conv_out.weight" in changed
    assert not [name for name in changed if "skip_conv" in name]


def test_the_unet_stage_trains_the_whole_unet(pipe, settings, batch) -> None:
    changed = changed_by(pipe, settings, "unet", batch)
    assert {name.split(".")[0] for name in changed} == {"unet"}
    for part in ("conv_in.weight", "conv_out.weight", "context_token"):
        assert f"unet.{part}" in changed
    assert any(name.endswith("fuser.alpha_attn") for name in changed)
    assert any(is_temporal(name) for name in changed)
    assert not [name for name in changed if "ff_k" in name]


def test_the_temporal_stage_trains_temporal_layers_alone(pipe, settings, batch) -> None:
    changed = changed_by(pipe, settings, "temporal", batch)
    assert any("temporal_transformer_blocks" in name for name in changed)
    assert any("temporal_res_block" in name for name in changed)
    assert all(name.startswith("unet.") and is_temporal(name) for name in changed)
    assert not [name for name in changed if "fuser" in name or "spatial_res_block" in name]


def test_the_decoder_stage_trains_skips_and_spares_temporal_layers(pipe, settings, batch) -> None:
    changed = changed_by(pipe, settings, "decoder", batch)
    assert all(name.startswith(("vae.decoder.", "vae.skip_pixels.")) for name in changed)
    assert "vae.skip_pixels.weight" in changed
    assert "vae.decoder.skip_conv_1.weight" in changed
    assert not [name for name in changed if "temporal_res_block" in name or "time_" in name]


@pytest.mark.parametrize("also", [("encoder",), ("unet",), ("encoder", "unet")])
def test_the_decoder_stage_trains_other_networks_where_settings_say_so(pipe, settings, batch, also) -> None:
    stage = replace(plain_decoder(settings), also=also)
    changed = changed_by(pipe, replace(settings, stages=(stage,)), "decoder", batch)
    decoder = "vae.decoder.", "vae.skip_pixels."
    wanted = {"encoder": "vae.encoder.conv_in.weight", "unet": "unet.conv_in.weight"}
    assert {name for name, weight in wanted.items() if weight in changed} == set(also)
    assert "vae.decoder.skip_conv_1.weight" in changed
    assert not [name for name in changed if name.startswith(decoder) and "temporal_res_block" in name]
    if "unet" in also:
        assert any(name.startswith("unet.") and is_temporal(name) for name in changed)


@pytest.mark.parametrize("part", ["unet", "temporal", "decoder"])
def test_recomputed_activations_give_the_same_gradients(pipe, settings, batch, part: str) -> None:
    found = []
    stirred(pipe)
    stage_settings = next(one for one in settings.stages if one.part == part)
    for checkpointing in (False, True):
        stage = new_stage(pipe, replace(stage_settings, checkpointing=checkpointing))
        stage.module.zero_grad()
        sum(stage.losses(stage.module, batch).values()).backward()  # type: ignore[union-attr]
        found.append([p.grad.clone() for p in stage.module.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 0
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_the_training_sees_what_the_pipeline_computes(pipe, settings, batch) -> None:
    """Latents of a training step, decoded, are the pipeline's frames."""
    stage = new_stage(stirred(pipe), plain_decoder(settings))
    with torch.no_grad():
        latents = encode(pipe, batch)
        result = stage._unet(latents, batch["blur"])  # type: ignore[attr-defined]
        decoded = stage.module(result, latents.features)
    frames, disparity, focus, blur = (
        batch[name][0].numpy() for name in ("frames", "disparity", "focus", "blur")
    )
    expected = pipe(frames, disparity, focus, blur).frames
    trained = (decoded / 2 + 0.5).clamp(0, 1).numpy()
    torch.testing.assert_close(torch.from_numpy(trained), torch.from_numpy(expected), rtol=0, atol=2e-5)


def test_the_decoder_stage_begins_with_the_layered_render(pipe, settings, batch) -> None:
    """An untrained model whose U-Net corrects nothing gives back the render that it is given."""
    stage = new_stage(pipe, plain_decoder(settings))
    with torch.no_grad():
        latents = encode(pipe, batch)
        result = stage._unet(latents, batch["blur"])  # type: ignore[attr-defined]
        decoded = stage.module(result, latents.features)
    render = batch["render"].flatten(0, 1)
    torch.testing.assert_close(decoded / 2 + 0.5, render, rtol=0, atol=1e-4)
    kept = pipe.vae.skip_pixels.weight.clone().add_(0.01)
    pipe.vae.skip_pixels.weight.data.copy_(kept)
    new_stage(pipe, plain_decoder(settings))
    assert torch.equal(pipe.vae.skip_pixels.weight, kept)


def test_lamps_of_a_scene_are_in_the_render_that_the_model_is_given(pipe, settings, batch) -> None:
    new_stage(pipe, plain_decoder(settings))  # until it is trained, the model gives back the render
    frames, disparity, focus, blur = (batch[n][0].numpy() for n in ("frames", "disparity", "focus", "blur"))
    gain = np.ones((2, 64, 64), np.float32)
    gain[:, 20:24, 20:24] = 9
    found = []
    for scene in (Scene(disparity), Scene(disparity, gain)):
        found.append(pipe(frames, scene, focus, blur).frames)
        expected = LayeredRenderer(threads=1).render(Shot(frames, scene, focus, blur))
        np.testing.assert_allclose(found[-1], np.clip(expected, 0, 1), rtol=0, atol=1e-4)
    assert float(np.abs(found[1] - found[0]).max()) > 0.1


def test_sobel_measures_slopes() -> None:
    y, x = torch.meshgrid(torch.arange(8.0), torch.arange(9.0), indexing="ij")
    ramp = (3 * x + 4 * y)[None, None]
    torch.testing.assert_close(sobel(ramp), torch.full((1, 1, 6, 7), 5.0))
    terms = pixel_losses(ramp + 1, ramp)
    assert float(terms["pixels"]) == pytest.approx(1) and float(terms["gradients"]) == pytest.approx(0)
