"""Pipelines from weights: loading folders, and building one from the official files.

The official release gives a U-Net and a VAE; the image encoder is that of Stable Video Diffusion XT.
"""

from __future__ import annotations

import inspect
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch
from torch import nn
from transformers import CLIPImageProcessorPil

from anybokeh.errors import InputError
from anybokeh.models.image_encoder import load_encoder, verify_encoder
from anybokeh.models.library import find_model
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.pipeline_folder import (
    BASE_HELP,
    BASE_MODEL,
    INDEX,
    OFFICIAL_HELP,
    PARTS,
    SETTINGS,
    copy_weights,
    index_of,
    network_config,
    read_index,
    require,
)
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.models.weights import (
    DIFFUSERS_STEM,
    TRANSFORMERS_STEM,
    KeyReport,
    check_all_finite,
    compare,
    find_weights,
    read_weights,
    shapes_of,
)
from anybokeh.storage.hub import model_folder

Pipeline = TypeVar("Pipeline", bound=AnyBokehPipeline)


@dataclass(frozen=True)
class Precision:
    """Number formats of the networks. Weights of the VAE overflow in half precision."""

    unet: torch.dtype
    vae: torch.dtype


def precision_for(device: str, dtype: torch.dtype | None = None) -> Precision:
    """The fastest formats of a device that keep the picture: half precision on graphics cards."""
    if dtype is not None:
        return Precision(dtype, dtype)
    if device != "cuda":
        return Precision(torch.float32, torch.float32)
    half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return Precision(half, torch.float32)


def load_pipeline(
    name: str | Path,
    *,
    kind: type[Pipeline] = AnyBokehPipeline,
    revision: str | None = None,
    variant: str | None = None,
    torch_dtype: torch.dtype | None = None,
    device: str = "cpu",
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
) -> Pipeline:
    """Load a pipeline folder, or a model of the hub in the same layout.

    Args:
        name: a folder, a name in the library of models, or a hub id, `owner/name` or `owner/name@revision`.
        kind: class of the pipeline.
        revision: of the hub.
        variant: precision of the files, such as `fp16` (the pipeline's own variant is in its configuration).
        torch_dtype: of all networks; None is the fastest that the device can use without harm.
        device: where to put them.
        cache_dir: of the hub.
        local_files_only: never use the network.

    Raises:
        InputError: something is missing, damaged, pickled, or does not fit.
    """
    folder = model_folder(
        find_model(name),
        revision=revision,
        parts=PARTS,
        precision=variant,
        cache_dir=cache_dir,
        local_only=local_files_only,
    )
    index = read_index(folder)
    formats = precision_for(device, torch_dtype)
    unet = _network(BokehUNet, folder / "unet", variant, formats.unet, device)
    vae = _network(BokehVAE, folder / "vae", variant, formats.vae, device)
    encoder, extractor = None, None
    if index.get("image_encoder", (None,))[0] is not None:
        encoder = load_encoder(folder / "image_encoder", variant, formats.unet, device)
        if (folder / "feature_extractor").is_dir():
            extractor = CLIPImageProcessorPil.from_pretrained(folder / "feature_extractor")
    settings = {name: index[name] for name in SETTINGS if name in index}
    return kind(unet=unet, vae=vae, image_encoder=encoder, feature_extractor=extractor, **settings)


def build_pipeline(
    official: str | Path,
    output: str | Path,
    *,
    base: str | Path = BASE_MODEL,
    revision: str | None = None,
    local_files_only: bool = False,
) -> list[KeyReport]:
    """Build a pipeline folder from the official files; it appears only when it is whole.

    Args:
        official: folder with `unet` and `vae`, of the official release.
        output: folder to make.
        base: folder or hub id of Stable Video Diffusion XT.
        revision: of the base model at the hub.
        local_files_only: never use the network.

    Returns:
        How the weights fit, one report a network.

    Raises:
        InputError: files are missing, or do not fit.
    """
    official, output = Path(official), Path(output)
    if output.exists():
        raise InputError(f"{output}: exists; give another folder")
    for part in ("unet", "vae"):
        require(official / part / "config.json", OFFICIAL_HELP)
    rest = model_folder(
        base, revision=revision, parts=("image_encoder", "feature_extractor"), local_only=local_files_only
    )
    require(rest / "image_encoder" / "config.json", BASE_HELP)
    reports = [
        _verify_network(BokehUNet, official / "unet"),
        _verify_network(BokehVAE, official / "vae"),
        verify_encoder(rest / "image_encoder"),
    ]
    for report in reports:
        if not report.fits:
            raise InputError(f"weights do not fit: {report}")
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as temporary:
        model = Path(temporary) / "model"
        for kind, part in ((BokehUNet, "unet"), (BokehVAE, "vae")):
            copy_weights(official / part, model / part, DIFFUSERS_STEM)
            config = {"_class_name": kind.__name__, **network_config(kind, official / part)}
            (model / part / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        copy_weights(rest / "image_encoder", model / "image_encoder", TRANSFORMERS_STEM)
        shutil.copy(rest / "image_encoder" / "config.json", model / "image_encoder")
        if (rest / "feature_extractor").is_dir():
            shutil.copytree(rest / "feature_extractor", model / "feature_extractor")
        (model / INDEX).write_text(json.dumps(index_of(model), indent=2) + "\n")
        model.rename(output)
    return reports


def verify_pipeline(name: str | Path, *, local_files_only: bool = False) -> list[KeyReport]:
    """Compare a pipeline's weights with its networks, key by key, and look for damage.

    Raises InputError where files are missing or weights are not finite.
    """
    folder = model_folder(find_model(name), parts=PARTS, local_only=local_files_only)
    index = read_index(folder)
    reports = [_verify_network(BokehUNet, folder / "unet"), _verify_network(BokehVAE, folder / "vae")]
    if index.get("image_encoder", (None,))[0] is not None:
        reports.append(verify_encoder(folder / "image_encoder"))
    return reports


def describe_pipeline(name: str | Path, *, local_files_only: bool = False) -> dict[str, Any]:
    """What a pipeline is: its folder, its settings, and the size of its networks."""
    folder = model_folder(find_model(name), parts=PARTS, local_only=local_files_only)
    index = read_index(folder)
    defaults = inspect.signature(AnyBokehPipeline).parameters
    facts: dict[str, Any] = {"folder": folder}
    facts |= {setting: index.get(setting, defaults[setting].default) for setting in SETTINGS}
    for part, stem in (
        ("unet", DIFFUSERS_STEM),
        ("vae", DIFFUSERS_STEM),
        ("image_encoder", TRANSFORMERS_STEM),
    ):
        if index.get(part, (None,))[0] is not None:
            shapes = shapes_of(find_weights(folder / part, stem))
            facts[part] = f"{sum(map(math.prod, shapes.values())) / 1e6:.1f} M parameters"
    return facts


Network = TypeVar("Network", BokehUNet, BokehVAE)


def _network(
    kind: type[Network], folder: Path, variant: str | None, dtype: torch.dtype, device: str
) -> Network:
    config = network_config(kind, folder)
    files = find_weights(folder, DIFFUSERS_STEM, variant)
    return read_weights(_builder(kind, config, folder), files, dtype, device)


def _builder(kind: type[Network], config: dict[str, Any], folder: Path) -> Callable[[], Network]:
    def build() -> Network:
        try:
            return kind(**config)
        except (TypeError, ValueError) as error:
            raise InputError(f"{folder / 'config.json'}: {error}") from None

    return build


def _verify_network(kind: type[Network], folder: Path) -> KeyReport:
    files = find_weights(folder, DIFFUSERS_STEM)
    with torch.device("meta"):
        module = _builder(kind, network_config(kind, folder), folder)()
    return _verify(module, files)


def _verify(module: nn.Module, files: list[Path]) -> KeyReport:
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    report = compare(str(files[0].parent), shapes_of(files), expected)
    check_all_finite(files)
    return report
