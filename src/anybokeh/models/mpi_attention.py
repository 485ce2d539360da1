"""What the paper adds to a spatial transformer block: blur strength and gated MPI attention.

The guidance of one call (MPI tokens, blur, picture embeddings) reaches the blocks through a slot that they
share with their U-Net, because the library's blocks in between pass nothing on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from diffusers.models.attention import BasicTransformerBlock, FeedForward
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn

from anybokeh.models.mpi_tokens import MpiTokens, Place

BLUR_FEATURES = 32
"""Width of the Fourier embedding of K."""

_HIGHEST_FREQUENCY = 100.0


def blur_features(blur: Tensor) -> Tensor:
    """Fourier features of K: sin and cos in turn, of 16 frequencies from 1 to 100 (paper, section 3).

    Args:
        blur: (frames,) K.

    Returns:
        (frames, 32).
    """
    count = BLUR_FEATURES // 2
    exponents = torch.arange(count, dtype=blur.dtype, device=blur.device) / (count - 1)
    angles = blur[:, None] * _HIGHEST_FREQUENCY**exponents  # (frames, 16)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)


@dataclass(frozen=True)
class Guidance:
    """What all spatial blocks need to know in one call of the U-Net.

    Attributes:
        blur: (frames, 32) Fourier features of K.
        context: (frames, tokens, channels) embedding of each frame.
        mpi: MPI tokens of the same frames, None where they take no part.
    """

    blur: Tensor
    context: Tensor
    mpi: MpiTokens | None = None


class GuidanceSlot:
    """Holds the guidance of the call at work."""

    def __init__(self) -> None:
        self._current: Guidance | None = None

    @property
    def current(self) -> Guidance:
        """The guidance of the call at work."""
        if self._current is None:
            raise RuntimeError("a guided block was called outside of its U-Net")
        return self._current

    @contextmanager
    def holding(self, guidance: Guidance) -> Iterator[None]:
        """Let the blocks see `guidance` inside the with block."""
        before, self._current = self._current, guidance
        try:
            yield
        finally:
            self._current = before


class GatedMpiAttention(nn.Module):
    """Blur embedding, gated MPI attention and gated feed-forward (paper, section 3).

    Queries are the visual tokens; keys and values are the visual and the admitted MPI tokens. The gates are
    tanh of scalars that start at 0, so that an untrained module only adds the embedding of K.

    Args:
        width: channels of the visual tokens.
        heads, head_width: of the attention.
        mpi_width: channels of the MPI tokens.
        place: where in the U-Net it stands.
    """

    def __init__(self, width: int, heads: int, head_width: int, mpi_width: int, place: Place) -> None:
        super().__init__()
        self.place = place
        self.linear = nn.Linear(mpi_width, width)
        self.mpi_attn = Attention(query_dim=width, heads=heads, dim_head=head_width)
        self.ff = FeedForward(width, activation_fn="geglu")
        # Official weights hold it; neither training nor inference of the release ever calls it.
        self.ff_k = FeedForward(width, activation_fn="geglu").requires_grad_(False)
        self.k_encoder = nn.Linear(BLUR_FEATURES, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.norm_k = nn.LayerNorm(width)
        self.alpha_attn = nn.Parameter(torch.tensor(0.0))
        self.alpha_dense = nn.Parameter(torch.tensor(0.0))

    def forward(self, x: Tensor, guidance: Guidance) -> Tensor:
        """x: (frames, tokens, channels), returned with the same shape."""
        x = x + self.k_encoder(guidance.blur)[:, None]
        x = x + self.alpha_attn.tanh() * self._attend(self.norm1(x), guidance.mpi)
        return x + self.alpha_dense.tanh() * self._feed_forward(x)

    def _attend(self, x: Tensor, mpi: MpiTokens | None) -> Tensor:
        if mpi is None:
            return self.mpi_attn(x)
        given = mpi.places[self.place]
        tokens = self.norm1(self.linear(given.packed()))  # (all admitted, channels)
        counts = given.counts
        if len(set(counts)) == 1:
            keys = torch.cat((x, tokens.unflatten(0, (len(x), counts[0]))), dim=1)
            return self.mpi_attn(x, encoder_hidden_states=keys)
        frames = zip(x[:, None], tokens.split(counts), strict=True)
        attended = [
            self.mpi_attn(one, encoder_hidden_states=torch.cat((one, own[None]), dim=1))
            for one, own in frames
        ]
        return torch.cat(attended)

    def _feed_forward(self, x: Tensor) -> Tensor:
        """ff(norm2(x)) + ff(norm_k(x)), with the linear layer at the end applied once to the sum."""
        gate, dropout, last = self.ff.net
        hidden = dropout(gate(self.norm2(x))) + dropout(gate(self.norm_k(x)))
        return last(hidden) + last.bias


class GuidedBlock(BasicTransformerBlock):
    """A spatial transformer block with MPI attention after its self-attention."""

    def __init__(
        self, plain: BasicTransformerBlock, mpi_width: int, place: Place, slot: GuidanceSlot
    ) -> None:
        heads, head_width = plain.num_attention_heads, plain.attention_head_dim
        super().__init__(plain.dim, heads, head_width, cross_attention_dim=plain.cross_attention_dim)
        self.fuser = GatedMpiAttention(plain.dim, heads, head_width, mpi_width, place)
        self._slot = slot

    def forward(self, hidden_states: Tensor, *_: object, **__: object) -> Tensor:  # type: ignore[override]
        """hidden_states: (frames, tokens, channels), returned with the same shape."""
        guidance = self._slot.current
        x = hidden_states
        x = x + cast("Attention", self.attn1)(self.norm1(x))
        x = self.fuser(x, guidance)
        x = x + self._cross_attend(x, guidance.context)
        return x + self.ff(cast("nn.LayerNorm", self.norm3)(x))

    def _cross_attend(self, x: Tensor, context: Tensor) -> Tensor:
        attention, norm = cast("Attention", self.attn2), cast("nn.LayerNorm", self.norm2)
        if context.shape[1] > 1:
            return attention(norm(x), encoder_hidden_states=context)
        return attend_to_one(attention, context)


def attend_to_one(attention: Attention, context: Tensor) -> Tensor:
    """Attention to a single token: its softmax is 1 whatever the query, so no query is needed.

    context: (batch, 1, channels); returns (batch, 1, channels of the query).
    """
    projection, dropout = attention.to_out  # type: ignore[misc]
    return dropout(projection(cast("nn.Linear", attention.to_v)(context)))


class OneTokenProcessor:
    """Cross-attention of temporal blocks, to the one embedding of the window's first frame.

    The library repeats that token for every pixel without copying it (its stride is 0), so that one row of it
    stands for all.
    """

    def __init__(self, several: object) -> None:
        self._several = several

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        **options: object,
    ) -> Tensor:
        """hidden_states: (pixels, frames, channels), returned with the same shape."""
        context = encoder_hidden_states
        if context is None or context.shape[1] > 1:
            return self._several(attn, hidden_states, context, **options)  # type: ignore[operator]
        if context.stride(0) == 0:
            context = context[:1]
        return attend_to_one(attn, context).expand_as(hidden_states)
