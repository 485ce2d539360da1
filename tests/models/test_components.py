"""The networks against tensors that the official release computed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from anybokeh.models import AnyBokehPipeline, BokehUNet, BokehVAE
from anybokeh.models.windows import plan_windows
from anybokeh.runtime.threads import available_threads

from .seeded import FOLDER, needs_release, release, seeded, tensors

pytestmark = needs_release


@pytest.fixture(autouse=True, scope="module")
def all_threads(one_thread: None) -> Iterator[None]:
    """The release's decoder has its full width: half a tera-operation for eight frames."""
    torch.set_num_threads(available_threads())
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def unet() -> BokehUNet:
    return seeded(BokehUNet(**release()["config"]["unet"]), "unet")


@pytest.fixture(scope="module")
def vae() -> BokehVAE:
    return seeded(BokehVAE(**release()["config"]["vae"]), "vae")


def assert_close(found: torch.Tensor, expected: torch.Tensor) -> None:
    difference = (found - expected).abs()
    assert difference.mean() < 1e-5
    assert difference.max() < 1e-3


@pytest.mark.parametrize("name", ["unet", "vae"])
def test_small_models_have_the_official_keys(name: str, request: pytest.FixtureRequest) -> None:
    found = {key: list(value.shape) for key, value in request.getfixturevalue(name).state_dict().items()}
    assert found == release()["keys"][name]


@pytest.mark.parametrize(("name", "kind"), [("unet", BokehUNet), ("vae", BokehVAE)])
def test_full_size_models_have_the_official_keys(name: str, kind: type) -> None:
    official = json.loads((FOLDER / "svd_xt_keys.json").read_text())[name]
    with torch.device("meta"):
        model = kind(**official["config"])
    assert {key: list(value.shape) for key, value in model.state_dict().items()} == official["keys"]


@torch.no_grad()
@pytest.mark.parametrize("variant", ["released", "masked"])
def test_unet_computes_what_the_release_computes(unet: BokehUNet, variant: str) -> None:
    given = tensors("components")
    mpi = unet.mpi_tokens(given["mpi_cond"][0], given["mpi_region"][0]) if variant == "masked" else None
    arguments = given["sample"], 1.0, given["encoder_hidden_states"], given["added_time_ids"], given["k"]
    assert_close(unet(*arguments, mpi=mpi).sample, given[f"unet_{variant}"])


@pytest.mark.slow
@torch.no_grad()
def test_vae_computes_what_the_release_computes(vae: BokehVAE) -> None:
    given = tensors("components")
    posterior, features = vae.encode_with_features(given["vae_in"])
    assert_close(posterior.mode(), given["vae_latent"])
    assert_close(vae.decode(posterior.mode(), 8, features).sample, given["vae_out"])


@pytest.mark.slow
def test_pipeline_computes_what_the_release_computes(unet: BokehUNet, vae: BokehVAE) -> None:
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**release()["config"]["image_encoder"]))
    pipe = AnyBokehPipeline(unet=unet, vae=vae, image_encoder=seeded(encoder, "image_encoder"))
    given = tensors("pipeline")
    for window, weights in zip(plan_windows(18).windows, given["window_weights"], strict=True):
        real = slice(0, 18 - window.start)
        assert window.weights[real] == pytest.approx(weights[real].numpy())
    clip = (given[name] for name in ("frames", "disparity", "focus", "k"))
    result = pipe(*clip, window=8, overlap=4, variant="released").frames
    assert (result.permute(0, 2, 3, 1) - given["output"]).abs().max() < 2e-4
