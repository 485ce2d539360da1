"""Features of VideoMAE, which look at motion more than I3D's do."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anybokeh.evaluation.metrics.unavailable import Unavailable

if TYPE_CHECKING:
    import torch

MODEL = "MCG-NJU/videomae-base-finetuned-kinetics"
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load_videomae(model: str | Path = MODEL) -> Any | Unavailable:
    """The network from the hub's cache or a folder, safetensors only; nothing is downloaded."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return Unavailable("needs torch and transformers: pip install torch transformers")
    from transformers import VideoMAEModel

    try:
        network = VideoMAEModel.from_pretrained(str(model), local_files_only=True, use_safetensors=True)
    except OSError:
        return Unavailable(f"weights not available: hf download {model}")
    return network.eval()


def videomae_features(video: torch.Tensor, network: Any) -> torch.Tensor:
    """Mean of all output tokens: (clips, width of the network).

    Args:
        video: (clips, 3, frames, height, width) in [0, 1], of the network's size and number of frames.
        network: of `load_videomae`.
    """
    mean, spread = (video.new_tensor(values)[:, None, None, None] for values in (_MEAN, _SPREAD))
    pixels = ((video - mean) / spread).transpose(1, 2)  # (clips, frames, 3, height, width)
    return network(pixel_values=pixels).last_hidden_state.mean(1)
