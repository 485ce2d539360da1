"""The passes of the one-step model over a run of frames, each part of the work done once.

Frames are encoded and embedded when the first window needs them. A window is one call of the U-Net. Decoding
follows as soon as latents are final, so that the encoder's features, which are large, never pile up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anybokeh.errors import InputError
from anybokeh.models.embedding import embed_pictures
from anybokeh.models.layout import channels_last
from anybokeh.models.mpi_attention import MpiTokens, join_tokens
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.mpi import condition_picture, region_index
from anybokeh.render.windows import Chunk, Window, WindowPlan

FRAME_RATE, MOTION_BUCKET, NOISE = 6, 127, 0.0
"""What the model was trained with: 7 frames a second, passed as one less."""
TIMESTEP = 1.0

_SMALL_PICTURE = 256 * 256
_SMALL_BATCH = 4
"""Divides the distance between windows, so that the batches of a clip do not depend on its cuts."""


@dataclass(frozen=True)
class Networks:
    """The networks of the model and how to use them.

    Attributes:
        unet, vae: the paper's.
        image_encoder: CLIP's, or None for the U-Net's learned context token.
        feature_extractor: mean and standard deviation of the pictures CLIP was trained with.
        masked: admit MPI tokens by region and normalise pictures for CLIP, as in the paper; the official
            release does neither.
        mpi_alpha: exponent of the region thresholds.
    """

    unet: BokehUNet
    vae: BokehVAE
    image_encoder: nn.Module | None
    feature_extractor: object
    masked: bool
    mpi_alpha: float


@dataclass(frozen=True)
class Inputs:
    """A run of frames at working size.

    Attributes:
        pictures: (frames, 3, height, width) in [0, 1].
        disparity: (frames, height, width) in [0, 1].
        focus, blur, focus_range: (frames,).
    """

    pictures: Tensor
    disparity: Tensor
    focus: Tensor
    blur: Tensor
    focus_range: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, part: slice) -> Inputs:
        return Inputs(*(values[part] for values in vars(self).values()))

    def equals(self, other: Inputs) -> bool:
        """Whether everything is the same, bit for bit."""
        mine, others = vars(self).values(), vars(other).values()
        return all(torch.equal(a, b) for a, b in zip(mine, others, strict=True))


@dataclass
class EncodedFrame:
    """What the networks need to know of one frame, padding included.

    Attributes:
        latents: (2 * channels, rows, columns) of the frame and of its condition picture, scaled.
        features: of the encoder, finest first, (channels, rows, columns) each.
        context: (tokens, channels).
        blur: () K.
        mpi: tokens of the frame, None where they take no part.
    """

    latents: Tensor
    features: tuple[Tensor, ...]
    context: Tensor
    blur: Tensor
    mpi: MpiTokens | None


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
        self._padding: dict[torch.Size, EncodedFrame] = {}
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
                latents = self._pass(self._frames(inputs, encoded, window.start, window.stop))
            _blend(blended, latents, window)
            if after and number == len(plan.windows) - 1:
                span = slice(window.start, window.stop)
                frames = self._frames(inputs, encoded, window.start, window.stop)
                self._carried = _Carried(inputs[span], frames, latents)
            for chunk in (chunk for chunk in plan.chunks[shown:] if chunk.window == number):
                if chunk.own:
                    chosen = latents[chunk.start - window.stop :]
                else:
                    chosen = torch.stack([blended[index] for index in range(chunk.start, chunk.stop)])
                yield self._decode(chosen, self._frames(inputs, encoded, chunk.start, chunk.stop), chunk)
                shown += 1
                needed = min((later.start for later in plan.chunks[shown:]), default=plan.count)
                _forget(encoded, blended, needed)

    def _continue(self, inputs: Inputs) -> tuple[dict[int, EncodedFrame], Tensor | None]:
        carried, self._carried = self._carried, None
        if carried is None or not inputs[: len(carried.inputs)].equals(carried.inputs):
            return {}, None
        return dict(enumerate(carried.frames)), carried.latents

    def _frames(
        self, inputs: Inputs, encoded: dict[int, EncodedFrame], start: int, stop: int
    ) -> list[EncodedFrame]:
        """Frames start to stop: what is not encoded yet now is, and padding follows the run's end."""
        end, batch = min(stop, len(inputs)), self._batch(inputs)
        first = next((index for index in range(start, end) if index not in encoded), end)
        for begin in range(first, end, batch):
            part = range(begin, min(begin + batch, end))
            encoded.update(zip(part, self._encode(inputs[part.start : part.stop]), strict=True))
        known = [encoded[index] for index in range(start, end)]
        return known + [self._padding_like(inputs.pictures[:1]) for _ in range(end, stop)]

    def _batch(self, inputs: Inputs) -> int:
        """How many frames to encode at once: batches pay only where pictures are small."""
        height, width = inputs.disparity.shape[1:]
        return _SMALL_BATCH if height * width <= _SMALL_PICTURE else 1

    def _padding_like(self, picture: Tensor) -> EncodedFrame:
        """A grey frame with a grey condition picture, K 0 and region 0: what the release pads with."""
        if picture.shape not in self._padding:
            grey, zero = torch.full_like(picture, 0.5), torch.zeros(1)
            encoded = self._encode_parts(grey, grey[:, 0], torch.zeros_like(picture[:, 0]), zero)
            self._padding = {picture.shape: encoded[0]}
        return self._padding[picture.shape]

    def _encode(self, inputs: Inputs) -> list[EncodedFrame]:
        distance = condition_picture(inputs.disparity, inputs.focus, inputs.focus_range)
        region = region_index(distance, inputs.focus, self._networks.mpi_alpha)
        return self._encode_parts(inputs.pictures, distance, region, inputs.blur)

    def _encode_parts(
        self, pictures: Tensor, distance: Tensor, region: Tensor, blur: Tensor
    ) -> list[EncodedFrame]:
        networks = self._networks
        vae, unet = networks.vae, networks.unet
        count, scale = len(pictures), vae.config["scaling_factor"]
        pictures = (pictures * 2 - 1).to(vae.device)
        conditions = (distance * 2 - 1)[:, None].expand(-1, 3, -1, -1).to(vae.device, vae.dtype)
        posterior, features = vae.encode_with_features(pictures.to(vae.dtype))
        latents = torch.cat((posterior.mode(), vae.encode_latents(conditions)), dim=1) * scale
        latents = latents.to(unet.device, unet.dtype)  # (frames, 8, rows, columns)
        context = self._embed(pictures)
        mpi = (
            unet.mpi_tokens(latents[:, : unet.config["out_channels"]], region.to(unet.device))
            if networks.masked
            else None
        )
        return [
            EncodedFrame(
                latents[i],
                tuple(stage[i] for stage in features),
                context[i],
                blur[i],
                mpi and mpi[i : i + 1],
            )
            for i in range(count)
        ]

    def _embed(self, pictures: Tensor) -> Tensor:
        """(frames, tokens, channels) of pictures in [-1, 1]."""
        networks = self._networks
        encoder, unet = networks.image_encoder, networks.unet
        if encoder is None:
            return unet.context_token.expand(len(pictures), -1, -1)
        embeddings = embed_pictures(encoder, pictures, networks.feature_extractor, normalise=networks.masked)
        return embeddings.to(unet.device, unet.dtype)

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
        decoded = vae.decode(scaled, len(frames), features, return_dict=False)[0]
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
