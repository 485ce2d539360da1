"""Features of clips for Fréchet distances: FVD and VFID.

FVD (Unterthiner et al., 2018) compares the I3D logits of runs of 16 frames; VFID-I (Wang et al.,
Video-to-Video Synthesis, NeurIPS 2018, with I3D) the features before them; FVD with VideoMAE is by Ge et al.,
On the Content Bias in Fréchet Video Distance, CVPR 2024.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.evaluation.metrics import i3d, videomae
from anybokeh.evaluation.metrics.unavailable import Unavailable
from anybokeh.evaluation.metrics.video_windows import video_windows
from anybokeh.evaluation.metrics.weights import find_weights

Features = Callable[[np.ndarray], np.ndarray]
"""From (frames, 3, height, width) in [0, 1] to (windows, features)."""


def i3d_extractors(folder: Path, size: int = i3d.SIZE) -> tuple[Features, Features] | Unavailable:
    """The functions that give I3D's logits and its features before them."""
    file = find_weights(folder, i3d.FILE)
    if isinstance(file, Unavailable):
        return file
    from safetensors.torch import load_file

    weights = load_file(file)
    i3d.check_i3d(weights, str(file))

    def features(frames: np.ndarray) -> Any:
        import torch

        with torch.inference_mode():
            return i3d.i3d_features(torch.from_numpy(2 * video_windows(frames, size) - 1), weights)

    return lambda frames: i3d.i3d_logits(features(frames), weights).numpy(), lambda f: features(f).numpy()


def videomae_extractor(model: str | Path = videomae.MODEL) -> Features | Unavailable:
    """The function that gives VideoMAE's features."""
    network = videomae.load_videomae(model)
    if isinstance(network, Unavailable):
        return network

    def features(frames: np.ndarray) -> np.ndarray:
        import torch

        windows = torch.from_numpy(video_windows(frames, network.config.image_size))
        with torch.inference_mode():
            return videomae.videomae_features(windows, network).numpy()

    return features
