"""The windows of the official release, step by step, as its data sheet describes them: slow and plain."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from anybokeh.models import AnyBokehPipeline
from anybokeh.models.embedding import embed_pictures


@torch.no_grad()
def plain_windows(
    pipe: AnyBokehPipeline, pictures: Tensor, disparity: Tensor, focus: Tensor, blur: Tensor
) -> Tensor:
    """What the release computes for a clip, in windows of 8 frames that overlap by 4."""
    count = len(pictures)
    distance = (disparity - focus[:, None, None]).abs()
    sharp, grey = pictures * 2 - 1, (distance * 2 - 1)[:, None].repeat(1, 3, 1, 1)
    if count <= 8:
        latents = _window(pipe, sharp, grey, blur)
        return _decode(pipe, latents, sharp)
    windows = math.ceil((count - 4) / 4)
    missing = 4 * windows + 4 - count
    sharp, grey = (torch.cat((x, torch.zeros(missing, *x.shape[1:]))) for x in (sharp, grey))
    blur = torch.cat((blur, torch.zeros(missing)))
    spans = [slice(4 * i, 4 * i + 8) for i in range(windows)]
    latents = [_window(pipe, sharp[span], grey[span], blur[span]) for span in spans]
    fall = [0.5 * (1 + math.cos(math.pi * j / 4)) for j in range(4)]
    blended = list(latents[0][:4])
    for earlier, later in pairwise(latents):
        blended += [w * earlier[4 + j] + (1 - w) * later[j] for j, w in enumerate(fall)]
    tail = latents[-1][4:]
    frames = []
    for start in range(0, len(blended) - 7, 8):
        frames.append(_decode(pipe, torch.stack(blended[start : start + 8]), sharp[start : start + 8]))
    if windows % 2 == 0:
        frames.append(_decode(pipe, latents[-1], sharp[-8:])[4:])
    else:
        frames.append(_decode(pipe, torch.cat((torch.stack(blended[-4:]), tail)), sharp[-8:]))
    return torch.cat(frames)[:count]


def _window(pipe: AnyBokehPipeline, sharp: Tensor, grey: Tensor, blur: Tensor) -> Tensor:
    parts = [pipe.vae.encode(x).latent_dist.mode() * pipe.vae.config["scaling_factor"] for x in (sharp, grey)]
    context = embed_pictures(pipe.image_encoder, sharp, None, normalise=False)
    ids = torch.tensor([[6.0, 127.0, 0.0]])
    return pipe.unet(torch.cat(parts, dim=1)[None], 1.0, context, ids, blur).sample[0]


def _decode(pipe: AnyBokehPipeline, latents: Tensor, sharp: Tensor) -> Tensor:
    _, features = pipe.vae.encode_with_features(sharp)
    decoded = pipe.vae.decode(latents / pipe.vae.config["scaling_factor"], len(latents), features).sample
    return (decoded / 2 + 0.5).clamp(0, 1)
