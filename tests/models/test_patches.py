"""The autoencoder with squares of pixels as channels."""

from __future__ import annotations

import torch

from anybokeh.models import BokehVAE

from .seeded import seeded

SHAPE = {
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "block_out_channels": (32, 32),
    "layers_per_block": 1,
    "latent_channels": 6,
    "force_upcast": False,
    "patch_size": 4,
}


def test_patches_make_the_grid_coarser_and_pictures_come_back_at_their_size() -> None:
    vae = seeded(BokehVAE(**SHAPE), "vae")
    pictures = torch.rand(2, 3, 64, 32) * 2 - 1
    with torch.no_grad():
        posterior, features = vae.encode_with_features(pictures)
        decoded = vae.decode(posterior.mode(), 2, features).sample
    assert posterior.mode().shape == (2, 6, 8, 4)
    assert [one.shape[-2:] for one in features] == [(16, 8), (8, 4)]
    assert decoded.shape == pictures.shape
    torch.testing.assert_close(vae.encode(pictures).latent_dist.mode(), posterior.mode())
    torch.testing.assert_close(vae.encode_latents(pictures), posterior.mode())


def test_the_configuration_makes_the_same_model_again(tmp_path) -> None:
    vae = seeded(BokehVAE(**SHAPE), "vae")
    vae.save_pretrained(tmp_path)
    again = BokehVAE.from_pretrained(tmp_path)
    assert (again.config["in_channels"], again.config["out_channels"]) == (3, 3)
    pictures = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(again.encode_latents(pictures), vae.encode_latents(pictures))
