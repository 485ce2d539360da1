"""What the paper adds to a block, against plain formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from anybokeh.models.embedding import embed_pictures
from anybokeh.models.mpi import condition_picture, region_index
from anybokeh.models.mpi_attention import GatedMpiAttention, Guidance, blur_features
from anybokeh.models.mpi_tokens import AdmittedTokens, MpiTokens, join_tokens, mpi_tokens

from .seeded import seeded
from .small import UNET, moving_picture, small_pipeline

PLACE = (0, 1)


@pytest.fixture(scope="module")
def attention() -> GatedMpiAttention:
    return seeded(GatedMpiAttention(32, 2, 16, 24, PLACE), "fuser")


def plain(module: GatedMpiAttention, x: torch.Tensor, blur: torch.Tensor, admitted: list) -> torch.Tensor:
    """The module's formula with a softmax over everything, what is not admitted at minus infinity."""
    x = x + module.k_encoder(blur_features(blur))[:, None]
    tokens = module.linear(torch.stack([tokens for tokens, _ in admitted]))
    everything = module.norm1(torch.cat((x, tokens), dim=1))
    visible = torch.stack([torch.cat((torch.ones(x.shape[1], dtype=bool), mask)) for _, mask in admitted])
    inner = module.mpi_attn

    def heads(values: torch.Tensor) -> torch.Tensor:
        return values.unflatten(-1, (2, 16)).transpose(1, 2)

    q, k, v = (heads(part(everything)) for part in (inner.to_q, inner.to_k, inner.to_v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(16)
    weights = scores.masked_fill(~visible[:, None, None], -torch.inf).softmax(-1)
    attended = inner.to_out[0]((weights @ v).transpose(1, 2).flatten(2))[:, : x.shape[1]]
    x = x + torch.tanh(module.alpha_attn) * attended
    return x + torch.tanh(module.alpha_dense) * (module.ff(module.norm2(x)) + module.ff(module.norm_k(x)))


@torch.no_grad()
@pytest.mark.parametrize("counts", [(5, 2, 0), (4, 4, 4), (0, 0, 0)])
def test_attention_is_a_softmax_over_what_is_admitted(attention: GatedMpiAttention, counts: tuple) -> None:
    torch.manual_seed(0)
    x, blur, tokens = torch.randn(3, 6, 32), torch.tensor([4.0, 9.0, 30.0]), torch.randn(3, 7, 24)
    masks = [torch.arange(7) < count for count in counts]
    given = AdmittedTokens(tuple(one[mask] for one, mask in zip(tokens, masks, strict=True)))
    guidance = Guidance(blur_features(blur), torch.zeros(3, 1, 1), MpiTokens({PLACE: given}, 3))
    expected = plain(attention, x, blur, list(zip(tokens, masks, strict=True)))
    assert (attention(x, guidance) - expected).abs().max() < 1e-5
    if not any(counts):
        without = Guidance(guidance.blur, guidance.context, None)
        assert (attention(x, without) - expected).abs().max() < 1e-5


@torch.no_grad()
def test_an_untrained_module_only_adds_the_embedding_of_blur() -> None:
    module = GatedMpiAttention(32, 2, 16, 24, PLACE)
    x, features = torch.randn(2, 6, 32), blur_features(torch.tensor([4.0, 9.0]))
    guidance = Guidance(features, torch.zeros(2, 1, 1))
    assert torch.equal(module(x, guidance), x + module.k_encoder(features)[:, None])


def test_blur_features_are_those_frequencies() -> None:
    found = blur_features(torch.tensor([7.0]))[0]
    for n in range(16):
        angle = 7.0 * 100 ** (n / 15)
        assert found[2 * n].item() == pytest.approx(math.sin(angle), abs=1e-4)
        assert found[2 * n + 1].item() == pytest.approx(math.cos(angle), abs=1e-4)


def test_tokens_of_slices_joined_are_those_of_the_whole() -> None:
    features, region = torch.randn(5, 3, 5, 7), torch.randint(0, 4, (5, 40, 56), dtype=torch.uint8)
    whole = mpi_tokens(features, region, {(0, 0), (1, 1), (2, 3)})
    joined = join_tokens([whole[0:2], whole[2:3], whole[3:5]])
    assert joined.frames == whole.frames == 5
    for place, tokens in whole.places.items():
        assert tokens.counts == joined.places[place].counts
        assert torch.equal(tokens.packed(), joined.places[place].packed())
    assert whole.places[2, 3].counts == [2 * 2] * 5
    assert whole[1:3].frames == 2


class Recorder(nn.Module):
    """Stands for the image encoder and keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.config = type("Config", (), {"image_size": 32})
        self.given = torch.empty(0)

    def forward(self, pictures: torch.Tensor) -> object:
        self.given = pictures
        return type("Output", (), {"image_embeds": torch.zeros(len(pictures), 4)})


class Mean:
    image_mean, image_std = (0.1, 0.2, 0.3), (0.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("normalise", "statistics", "expected"),
    [
        (False, Mean, [0.75, 0.75, 0.75]),
        (True, Mean, [1.3, 0.55, 0.225]),
        (True, None, [(0.75 - 0.48145466) / 0.26862954, (0.75 - 0.4578275) / 0.26130258, 1.2394]),
    ],
)
def test_pictures_are_normalised_as_clip_was_trained(
    normalise: bool, statistics: object, expected: list
) -> None:
    encoder = Recorder()
    found = embed_pictures(encoder, torch.full((2, 3, 64, 96), 0.5), statistics, normalise=normalise)
    assert found.shape == (2, 1, 4)
    assert encoder.given.shape == (2, 3, 32, 32)
    assert encoder.given.mean((0, 2, 3)).tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("alpha", [1.0, 1.5])
def test_the_pipeline_admits_tokens_by_the_regions_of_its_alpha(
    alpha: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = small_pipeline(mpi_alpha=alpha)
    clip = [torch.from_numpy(values) for values in moving_picture(2)]
    _, disparity, focus, _ = clip
    region = region_index(condition_picture(disparity, focus), focus, alpha)
    seen = []
    plain_call = pipe.unet.mpi_tokens
    monkeypatch.setattr(pipe.unet, "mpi_tokens", lambda x, r: seen.append(r) or plain_call(x, r))
    pipe(*clip)
    assert torch.equal(torch.cat(seen), region)
    assert 0 < (region == 0).float().mean() < 1


def test_blocks_are_recomputed_with_their_own_guidance() -> None:
    """Gradient checkpointing gives the gradients of the plain pass, after other passes in between."""
    gradients = []
    for checkpointing in (False, True):
        unet = small_pipeline().unet.train()
        if checkpointing:
            unet.enable_gradient_checkpointing()
        torch.manual_seed(1)
        losses = []
        for blur in (5.0, 20.0):
            sample = torch.randn(1, 2, 8, 8, 8)
            tokens = unet.mpi_tokens(sample[0, :, :4], torch.zeros(2, 64, 64, dtype=torch.uint8))
            ids, context = torch.tensor([[6.0, 127.0, 0.0]]), torch.randn(2, 1, UNET["cross_attention_dim"])
            result = unet(sample, 1.0, context, ids, torch.full((2,), blur), tokens).sample
            losses.append(result.square().mean())
        sum(losses).backward()
        gradients.append({name: p.grad for name, p in unet.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    assert any("k_encoder" in name for name in gradients[0])
    for name, gradient in gradients[0].items():
        assert np.allclose(gradient, gradients[1][name], atol=1e-5), name
