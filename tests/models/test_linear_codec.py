"""The linear autoencoder beside the networks."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from torch.nn import functional  # noqa: E402

from anybokeh.models import BokehUNet, BokehVAE  # noqa: E402
from anybokeh.models.linear_codec import LinearCodec, cosine_basis  # noqa: E402

SMALL = {
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "block_out_channels": (32, 32),
    "latent_channels": 6,
    "patch_size": 2,
    "force_upcast": False,
}


def test_waves_are_orthonormal_and_the_first_is_the_mean() -> None:
    basis = cosine_basis(4, 48).flatten(1)
    torch.testing.assert_close(basis @ basis.T, torch.eye(48), rtol=0, atol=1e-6)
    torch.testing.assert_close(basis[0], torch.full((48,), 48**-0.5))


def test_all_channels_keep_everything_and_few_the_smooth_part() -> None:
    pictures = torch.rand(2, 3, 16, 24)
    whole = LinearCodec(4, 48)
    torch.testing.assert_close(whole.decode(whole.encode(pictures)), pictures, rtol=0, atol=1e-5)
    few = LinearCodec(4, 5)
    flat = torch.rand(1, 3, 1, 1).expand(1, 3, 16, 16)
    assert few.encode(pictures).shape == (2, 5, 4, 6)
    error = (few.decode(few.encode(flat)) - flat).square().mean().detach()
    assert float(error) < float(flat.square().mean()) / 10


def test_what_is_lost_is_the_difference() -> None:
    codec = LinearCodec(4, 7)
    picture = torch.rand(1, 3, 4, 4)
    difference = picture - codec.decode(codec.encode(picture))
    square = functional.pixel_unshuffle(picture, 4).flatten()
    found = functional.pixel_shuffle((codec.lost() @ square)[None, :, None, None], 4)
    torch.testing.assert_close(found, difference, rtol=0, atol=1e-5)


def test_an_autoencoder_begins_as_its_linear_path() -> None:
    vae = BokehVAE(**SMALL, linear_path=True)
    pictures = torch.rand(2, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        latents = vae.encode_latents(pictures)
        expected = vae.linear.decode(vae.linear.encode(pictures))
        torch.testing.assert_close(vae.decode(latents, 2).sample, expected, rtol=0, atol=1e-5)


def test_pictures_are_encoded_side_by_side() -> None:
    torch.manual_seed(0)
    vae = BokehVAE(**SMALL, skip_pictures=2, pixel_skip=True)
    pictures = [torch.rand(2, 3, 16, 16) for _ in range(3)]
    with torch.no_grad():
        latents, features = vae.encode_pictures(pictures)
        for part, picture in zip(latents.chunk(3, dim=1), pictures, strict=True):
            torch.testing.assert_close(part, vae.encode_latents(picture), rtol=1e-4, atol=1e-5)
        _, known = vae.encode_with_features(pictures[1])
        torch.testing.assert_close(features[0].chunk(2, dim=1)[1], known[0], rtol=1e-4, atol=1e-5)
        assert features[-1].shape == (2, 2 * 3 * 16, 4, 4)
        assert vae.decode(latents[:, :6], 2, features).sample.shape == (2, 3, 16, 16)


def test_a_residual_unet_begins_by_giving_back_what_it_is_given() -> None:
    unet = BokehUNet(
        in_channels=12,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        block_out_channels=(32, 32),
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=24,
        layers_per_block=1,
        cross_attention_dim=16,
        num_attention_heads=(2, 2),
        learned_context=True,
        residual=True,
    )
    sample = torch.rand(1, 2, 12, 8, 8)
    with torch.no_grad():
        context, ids = torch.rand(2, 1, 16), torch.zeros(1, 3)
        result = unet(sample, torch.tensor(1.0), context, ids, torch.full((2,), 9.0)).sample
    assert unet.sees_render and torch.equal(result, sample[:, :, 8:])
