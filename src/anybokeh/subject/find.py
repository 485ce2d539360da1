"""Choosing the model, if any, that follows what was clicked."""

from __future__ import annotations

from pathlib import Path

from anybokeh.storage.pretrained import in_local_cache
from anybokeh.subject.video_predictor import DEFAULT_MODEL, VideoPredictor, load_video_predictor

MODELS = (
    DEFAULT_MODEL,
    "facebook/sam2.1-hiera-small",
    "facebook/sam2.1-hiera-base-plus",
    "facebook/sam2.1-hiera-large",
    "yonigozlan/EdgeTAM-hf",
)
"""Those that are looked for in the local cache, in this order. All are Apache-2.0."""


def find_predictor(model_name: str | Path, device: str = "auto") -> tuple[VideoPredictor | None, str]:
    """The model that `--subject-model` names, and a line that says which it is.

    Args:
        model_name: folder or hub id; `auto` for what is in the local cache; `off` for none.

    Raises:
        InputError: the model that was named cannot be loaded.
    """
    name = str(model_name)
    if name == "off":
        return None, "followed by corners around it"
    if name == "auto":
        found = next((model for model in MODELS if in_local_cache(model)), None)
        if found is None:
            return None, (
                "followed by corners around it, since no SAM 2 is in the local cache; "
                f"--subject-model {DEFAULT_MODEL} fetches one"
            )
        name = found
    return load_video_predictor(name, device=device), f"followed by {name}"
