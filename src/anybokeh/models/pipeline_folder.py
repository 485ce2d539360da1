"""The layout of a pipeline's folder, and where the files of the official model come from."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path
from typing import Any

from torch import nn

from anybokeh.errors import InputError
from anybokeh.models.weights import find_weights

PIPELINE = "AnyBokehPipeline"
BASE_MODEL = "stabilityai/stable-video-diffusion-img2vid-xt"
OFFICIAL_HELP = (
    "the folders unet and vae are in the archive linked at github.com/vivoCameraResearch/any-to-bokeh "
    "(CC BY-NC-SA 4.0: no commercial use)"
)
BASE_HELP = (
    f"the folders image_encoder and feature_extractor are in https://huggingface.co/{BASE_MODEL} "
    "(Stable Video Diffusion Community License)"
)
RELEASED = {"variant": "released", "mpi_alpha": 1.5}
"""Settings with which the official weights compute what the official inference computes."""

INDEX = "model_index.json"
PARTS = "unet", "vae", "image_encoder", "feature_extractor"
SETTINGS = "variant", "mpi_alpha", "working_area", "trained_blur", "condition"


def index_of(folder: Path) -> dict[str, Any]:
    """The model_index.json of a pipeline built of the official files."""
    extractor = (folder / "feature_extractor").is_dir()
    return {
        "_class_name": PIPELINE,
        "unet": ["anybokeh.models.unet", "BokehUNet"],
        "vae": ["anybokeh.models.vae", "BokehVAE"],
        "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
        "feature_extractor": ["transformers", "CLIPImageProcessor"] if extractor else [None, None],
        **RELEASED,
    }


def read_index(folder: Path) -> dict[str, Any]:
    """A pipeline's model_index.json; raises InputError where it is none."""
    path = folder / INDEX
    if not path.is_file():
        if (folder / "unet").is_dir():
            raise InputError(
                f"{folder}: holds no {INDEX}; if it is of the official release, build a pipeline of it: "
                f"anybokeh models add {folder}"
            )
        raise InputError(f"{folder}: holds no {INDEX}; expected the folder of an Any-to-Bokeh pipeline")
    index = _read_json(path)
    kind = index.get("_class_name")
    if kind != PIPELINE:
        raise InputError(f"{path}: describes a {kind}; expected an {PIPELINE}")
    return index


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        raise InputError(f"{path}: cannot be read as JSON; fetch the model again") from None


def require(path: Path, help_text: str) -> None:
    """Raise InputError where a file is missing."""
    if not path.is_file():
        raise InputError(f"{path}: is missing; {help_text}")


def network_config(kind: type[nn.Module], folder: Path) -> dict[str, Any]:
    """The part of a network's config.json that its class knows."""
    require(folder / "config.json", f"expected the folder of a {kind.__name__}")
    known = set(inspect.signature(kind).parameters)
    return {name: value for name, value in _read_json(folder / "config.json").items() if name in known}


def copy_weights(source: Path, target: Path, stem: str) -> None:
    """Copy a network's weights under the names without a precision."""
    target.mkdir(parents=True)
    files = find_weights(source, stem)
    if len(files) == 1 and files[0].stem.startswith(stem) and "-of-" not in files[0].name:
        shutil.copy(files[0], target / f"{stem}.safetensors")
        return
    for file in files:
        shutil.copy(file, target)
    index = next(source.glob(f"{stem}.safetensors.index*.json"))
    shutil.copy(index, target / f"{stem}.safetensors.index.json")
