"""The pipeline: from sharp frames and disparity to refocused frames, in one step of the diffusion model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from diffusers.configuration_utils import register_to_config
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.utils.outputs import BaseOutput

from anybokeh.errors import InputError
from anybokeh.models.encoding import Inputs, Networks
from anybokeh.models.mpi import CONDITIONS
from anybokeh.models.passes import Passes
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.models.windows import OVERLAP, WINDOW, check_windows, plan_windows
from anybokeh.shot import Shot

Variant = Literal["released", "paper"]
VARIANTS = ("released", "paper")

SIZE_MULTIPLE = 64
WORKING_AREA = 1024 * 576
"""Pixels of the frames that the official model was trained with."""
TRAINED_BLUR = (4.0, 32.0)
"""Least and greatest K in the paper's data."""


@dataclass
class BokehOutput(BaseOutput):
    """frames: (frames, 3, height, width) in [0, 1], in the kind of array that the input came as."""

    frames: Any


class AnyBokehPipeline(DiffusionPipeline):
    """Any-to-Bokeh inference: the U-Net is called once a window, at timestep 1, without noise or guidance.

    Examples:
        >>> pipe = AnyBokehPipeline.from_pretrained("folder")
        >>> refocused = pipe(frames, disparity, focus=0.6, blur=16).frames

    Args:
        unet, vae: the paper's networks.
        image_encoder: a `CLIPVisionModelWithProjection`; None where the U-Net holds a learned context token.
        feature_extractor: the image processor that belongs to it.
        variant: `released` computes what the official release computes (MPI tokens take no part, pictures are
            not normalised for CLIP), `paper` what the paper describes.
        mpi_alpha: exponent of the region thresholds: 1.0 in training, 1.5 in the release's inference.
        working_area: pixels of a frame that the model was trained with; renderers scale to it.
        trained_blur: least and greatest K that the model was trained with.
        condition: kind of condition picture, see `anybokeh.models.mpi.condition_colours`.
    """

    model_cpu_offload_seq = "image_encoder->vae->unet->vae"
    _optional_components = ["image_encoder", "feature_extractor"]  # noqa: RUF012

    @register_to_config
    def __init__(
        self,
        unet: BokehUNet,
        vae: BokehVAE,
        image_encoder: Any = None,
        feature_extractor: Any = None,
        variant: Variant = "paper",
        mpi_alpha: float = 1.0,
        working_area: int = WORKING_AREA,
        trained_blur: Sequence[float] = TRAINED_BLUR,
        condition: str = "distance",
    ) -> None:
        super().__init__()
        if image_encoder is None and not hasattr(unet, "context_token"):
            raise InputError(
                "image_encoder is None, but the U-Net has no context token: "
                "give an image encoder, or build the U-Net with learned_context=True"
            )
        _check_variant(variant)
        if condition not in CONDITIONS:
            raise InputError(f"condition is {condition!r}: expected {', '.join(CONDITIONS)}")
        self.register_modules(
            unet=unet, vae=vae, image_encoder=image_encoder, feature_extractor=feature_extractor
        )
        self._tile: int | None = None

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> Self:
        """Load a pipeline folder or a model of the hub, see `anybokeh.models.checkpoints.load_pipeline`."""
        from anybokeh.models.checkpoints import load_pipeline

        return load_pipeline(pretrained_model_name_or_path, kind=cls, **options)

    def __call__(
        self,
        frames: Any,
        disparity: Any,
        focus: Any,
        blur: Any,
        window: int = WINDOW,
        overlap: int = OVERLAP,
        variant: Variant | None = None,
        focus_range: Any = 0.0,
    ) -> BokehOutput:
        """Refocus frames.

        Args:
            frames: (frames, 3, height, width) in [0, 1], sRGB; height and width multiples of 64.
            disparity: (frames, height, width) in [0, 1], 1 is nearest; or a `Scene`, whose radiance is in the
                layered render of models that are given it.
            focus: disparity of the focal plane, one number or (frames,).
            blur: K, one number or (frames,); not scaled to the size of the frames.
            window: frames that the model sees at once.
            overlap: frames that consecutive windows share, at most half a window; fewer are faster.
            variant: `released` or `paper`; None takes the configuration's.
            focus_range: half-width in disparity that stays sharp, one number or (frames,).

        Raises:
            InputError: shapes, sizes or values that the model cannot take, or memory is short.
        """
        check_windows(window, overlap)
        shot = Shot(frames, disparity, focus, blur, focus_range)
        passes = self.passes(variant)
        plan = plan_windows(len(shot), window, overlap)
        result = torch.empty(shot.frames.shape)
        done = 0
        for chunk in self.stream(passes, shot, plan):
            result[done : done + len(chunk)] = chunk
            done += len(chunk)
        return BokehOutput(frames=shot.like_input(result.numpy()))

    def passes(self, variant: Variant | None = None) -> Passes:
        """What runs the model; keep it from segment to segment to share work."""
        chosen: str = variant or self.config["variant"]
        _check_variant(chosen)
        masked = chosen == "paper"
        return Passes(
            Networks(
                self.unet,
                self.vae,
                self.image_encoder,
                self.feature_extractor,
                masked,
                self.config["mpi_alpha"],
                self.config["condition"],
                self._tile,
            )
        )

    def enable_vae_tiling(self, tile: int = 512) -> None:
        """Decode in tiles of this many pixels a side: less memory, slightly other results."""
        self._tile = tile

    def compile(self, **options: Any) -> None:
        """Compile the networks with `torch.compile`: slow to start, faster on graphics cards afterwards."""
        for network in (self.unet, self.vae.encoder, self.vae.decoder):
            network.compile(**options)

    def stream(
        self, passes: Passes, shot: Shot, plan: Any, shown_width: int | None = None
    ) -> Iterator[torch.Tensor]:
        """Refocus a shot chunk by chunk: yields (frames, 3, height, width) in [0, 1], without context.

        `shown_width` is the frames' width in pixels without padding; None if there is none.
        """
        height, width = shot.frames.shape[2:]
        if height % SIZE_MULTIPLE or width % SIZE_MULTIPLE:
            raise InputError(
                f"frames are {width}x{height}: expected multiples of {SIZE_MULTIPLE}; "
                "pad them and crop the result"
            )
        self._warn_of_blur(shot.blur)
        widths = np.full(len(shot), shown_width or width, np.float32)
        arrays = shot.frames, shot.disparity, shot.focus, shot.blur, shot.range, widths
        gain = shot.scene.radiance if self.unet.sees_render else None
        if gain is not None:
            gain = torch.from_numpy(np.require(gain, requirements="W"))
        tensors = (torch.from_numpy(np.require(array, requirements="W")) for array in arrays)
        inputs = Inputs(*tensors, radiance=gain)
        with _memory_errors(f"{width}x{height}"):
            yield from passes.run(inputs, plan, shot.after)

    def _warn_of_blur(self, blur: np.ndarray) -> None:
        low, high = self.config["trained_blur"]
        outside = blur[(blur < low) | (blur > high)]
        if len(outside):
            warnings.warn(
                f"blur {outside[0]:g} lies outside of what the model was trained with, {low:g} to {high:g}",
                stacklevel=4,
            )


def _check_variant(variant: str) -> None:
    if variant not in VARIANTS:
        raise InputError(f"variant is {variant!r}: expected {' or '.join(VARIANTS)}")


@contextmanager
def _memory_errors(size: str) -> Iterator[None]:
    """Where memory is short, say in the error what to lower."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        raise InputError(
            f"out of memory at {size}: lower working_area in the model's model_index.json, load it in half "
            "precision, or turn on pipe.enable_vae_tiling()"
        ) from None
