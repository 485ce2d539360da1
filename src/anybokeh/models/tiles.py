"""Decoding in overlapping tiles, where memory is too short for whole pictures.

A tile sees less of the picture than the whole does, so that results differ slightly; overlaps are faded.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from anybokeh.models.vae import BokehVAE

_OVERLAP = 0.25
"""Of a tile's side."""


def decode_in_tiles(vae: BokehVAE, latents: Tensor, features: Sequence[Tensor], tile: int | None) -> Tensor:
    """Decode a run of frames, in tiles if need be.

    Args:
        vae: the model's.
        latents: (frames, channels, rows, columns), not scaled.
        features: of the encoder, finest first, (frames, channels, height / n, width / n).
        tile: side of a tile in pixels; None, or one that holds the picture, decodes it whole.

    Returns:
        (frames, 3, height, width), about [-1, 1].
    """
    count, _, rows, columns = latents.shape
    pixels = 2 ** (len(vae.config["block_out_channels"]) - 1) * vae.config["patch_size"]
    if tile is None or max(rows, columns) * pixels <= tile:
        return vae.decode(latents, count, features, return_dict=False)[0]
    side = max(2, tile // pixels)
    result = latents.new_zeros(count, vae.config["out_channels"], rows * pixels, columns * pixels)
    total = result.new_zeros(result.shape[-2:])
    for top in tile_starts(rows, side):
        for left in tile_starts(columns, side):
            spans = slice(top, min(top + side, rows)), slice(left, min(left + side, columns))
            part = [_crop(stage, spans, stage.shape[-1] / columns) for stage in features]
            decoded = vae.decode(_crop(latents, spans, 1), count, part, return_dict=False)[0]
            weight = _fade(decoded)
            _crop(result, spans, pixels).add_(decoded * weight)
            _crop(total, spans, pixels).add_(weight)
    return result / total


def tile_starts(length: int, side: int) -> list[int]:
    """Where tiles begin that cover `length` and overlap by a quarter of their side, the last one flush."""
    if side >= length:
        return [0]
    step = max(1, round(side * (1 - _OVERLAP)))
    return [*range(0, length - side, step), length - side]


def _crop(values: Tensor, spans: tuple[slice, slice], scale: float) -> Tensor:
    rows, columns = (slice(round(span.start * scale), round(span.stop * scale)) for span in spans)
    return values[..., rows, columns]


def _fade(tile: Tensor) -> Tensor:
    """(height, width) weights that rise from the rim to 1 inside."""
    sides = []
    for length in tile.shape[-2:]:
        position = torch.arange(length, device=tile.device, dtype=tile.dtype)
        rim = torch.minimum(position + 1, length - position)
        sides.append((rim / (length * _OVERLAP)).clamp(max=1))
    return sides[0][:, None] * sides[1]
