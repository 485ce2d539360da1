"""The passes of the one-step model over a run of frames, each part of the work done once.

Frames are encoded and embedded when the first window needs them. A window is one call of the U-Net. Decoding
follows as soon as latents are final, so that the encoder's features, which are large, never pile up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from anybokeh.errors import InputError
from anybokeh.models.encoding import EncodedFrame, FrameEncoder, Inputs, Networks
from anybokeh.models.layout import channels_last
from anybokeh.models.mpi_tokens import join_tokens
from anybokeh.models.tiles import decode_in_tiles
from anybokeh.models.windows import Chunk, Window, WindowPlan

FRAME_RATE, MOTION_BUCKET, NOISE = 6, 127, 0.0
"""What the model was trained with: 7 frames a second, passed as one less."""
TIMESTEP = 1.0

_SMALL_PICTURE = 256 * 256
_SMALL_BATCH = 4
"""Frames of at most this many pixels are encoded together: larger ones gain nothing by it."""


@dataclass(frozen=True)
class _Carried:
    """The last window of a run, for a run that begins with it."""

    inputs: Inputs
    frames: list[EncodedFrame]
    latents: Tensor


class Passes:
    """Runs the model; consecutive runs that share frames share the work on them.

    Args:
        networks: what to run.
    """

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        for network in (networks.unet, networks.vae):
            channels_last(network)
        self._encoder = FrameEncoder(networks)
        self._carried: _Carried | None = None

    @torch.inference_mode()
    def run(self, inputs: Inputs, plan: WindowPlan, after: int = 0) -> Iterator[Tensor]:
        """Compute the chunks of a plan, in order.

        Args:
            inputs: `plan.count` frames.
            plan: windows and chunks.
            after: frames of context behind the run; the work on the last window is kept for the next run.

        Yields:
            (frames, 3, height, width) float32 in [0, 1] on the model's device.
        """
        encoded, first_latents = self._continue(inputs)
        blended: dict[int, Tensor] = {}
        shown = 0
        for number, window in enumerate(plan.windows):
            if number == 0 and first_latents is not None and len(first_latents) == window.stop - window.start:
                latents = first_latents
            else:
                latents = self._pass(self._frames(inputs, encoded, window.start, window.stop, plan.stride))
            _blend(blended, latents, window)
            if after and number == len(plan.windows) - 1:
                span = slice(window.start, window.stop)
                frames = self._frames(inputs, encoded, window.start, window.stop, plan.stride)
                self._carried = _Carried(inputs[span], frames, latents)
            for chunk in (chunk for chunk in plan.chunks[shown:] if chunk.window == number):
                if chunk.own:
                    chosen = latents[chunk.start - window.stop :]
                else:
                    chosen = torch.stack([blended[index] for index in range(chunk.start, chunk.stop)])
                yield self._decode(
                    chosen, self._frames(inputs, encoded, chunk.start, chunk.stop, plan.stride), chunk
                )
                shown += 1
                needed = min((later.start for later in plan.chunks[shown:]), default=plan.count)
                _forget(encoded, blended, needed)

    def _continue(self, inputs: Inputs) -> tuple[dict[int, EncodedFrame], Tensor | None]:
        carried, self._carried = self._carried, None
        if carried is None or not inputs[: len(carried.inputs)].equals(carried.inputs):
            return {}, None
        return dict(enumerate(carried.frames)), carried.latents

    def _frames(
        self, inputs: Inputs, encoded: dict[int, EncodedFrame], start: int, stop: int, stride: int
    ) -> list[EncodedFrame]:
        """Frames start to stop: what is not encoded yet now is, and padding follows the run's end."""
        end, batch = min(stop, len(inputs)), _batch(inputs, stride)
        first = next((index for index in range(start, end) if index not in encoded), end)
        for begin in range(first, end, batch):
            part = range(begin, min(begin + batch, end))
            encoded.update(zip(part, self._encoder.encode(inputs[part.start : part.stop]), strict=True))
        known = [encoded[index] for index in range(start, end)]
        return known + [self._encoder.padding_like(inputs.pictures[:1]) for _ in range(end, stop)]

    def _pass(self, frames: list[EncodedFrame]) -> Tensor:
        """One call of the U-Net: (frames, 4, rows, columns)."""
        unet = self._networks.unet
        ids = torch.tensor([[FRAME_RATE, MOTION_BUCKET, NOISE]], device=unet.device)
        tokens = [frame.mpi for frame in frames if frame.mpi is not None]
        latents = unet(
            torch.stack([frame.latents for frame in frames])[None],
            torch.tensor(TIMESTEP, device=unet.device),
            torch.stack([frame.context for frame in frames]),
            ids,
            torch.stack([frame.blur for frame in frames]).to(unet.device),
            join_tokens(tokens) if tokens else None,
            return_dict=False,
        )[0][0]
        if not torch.isfinite(latents).all():
            raise InputError(
                f"the model's U-Net gave NaN or infinity in {str(unet.dtype).removeprefix('torch.')}: "
                "its weights may be damaged (anybokeh models verify), or need float32"
            )
        return latents

    def _decode(self, latents: Tensor, frames: list[EncodedFrame], chunk: Chunk) -> Tensor:
        vae = self._networks.vae
        features = [torch.stack(stage) for stage in zip(*(f.features for f in frames), strict=True)]
        scaled = latents.to(vae.device, vae.dtype) / vae.config["scaling_factor"]
        decoded = decode_in_tiles(vae, scaled, features, self._networks.tile)
        shown = decoded[chunk.shown_from - chunk.start : chunk.shown_to - chunk.start]
        return (shown.float() / 2 + 0.5).clamp(0, 1)


def _blend(blended: dict[int, Tensor], latents: Tensor, window: Window) -> None:
    for index, weight, own in zip(range(window.start, window.stop), window.weights, latents, strict=True):
        weighted = float(weight) * own
        blended[index] = blended[index] + weighted if index in blended else weighted


def _forget(encoded: dict[int, EncodedFrame], blended: dict[int, Tensor], before: int) -> None:
    """Free what no window and no chunk asks for any more."""
    for known in (encoded, blended):
        for index in [index for index in known if index < before]:
            del known[index]


def _batch(inputs: Inputs, stride: int) -> int:
    """Frames to encode at once; it divides the way from window to window, so that cuts change no batch."""
    height, width = inputs.disparity.shape[1:]
    return math.gcd(_SMALL_BATCH, stride) if height * width <= _SMALL_PICTURE else 1
