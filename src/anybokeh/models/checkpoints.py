"""Pipelines from weights: loading folders, and building one from the official files.

The official release gives a U-Net and a VAE; the image encoder is that of Stable Video Diffusion XT.
"""

from __future__ import annotations

import inspect
import json
import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch
from torch import nn
from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.utils import logging as transformers_logging

from anybokeh.errors import InputError
from anybokeh.models.hub import model_folder
from anybokeh.models.library import find_model
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.unet import BokehUNet
from anybokeh.models.vae import BokehVAE
from anybokeh.models.weights import (
    DIFFUSERS_STEM,
    TRANSFORMERS_STEM,
    KeyReport,
    check_finite,
    compare,
    find_weights,
    read_weights,
    shapes_of,
    weights_in,
)

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

_INDEX = "model_index.json"
_PARTS = "unet", "vae", "image_encoder", "feature_extractor"
_SETTINGS = "variant", "mpi_alpha", "working_area", "trained_blur"

Pipeline = TypeVar("Pipeline", bound=AnyBokehPipeline)


@dataclass(frozen=True)
class Precision:
    """Number formats of the networks. Weights of the VAE overflow in half precision."""

    unet: torch.dtype
    vae: torch.dtype


def precision_for(device: str, asked: torch.dtype | None = None) -> Precision:
    """The fastest formats of a device that keep the picture: half precision on graphics cards."""
    if asked is not None:
        return Precision(asked, asked)
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
        parts=_PARTS,
        precision=variant,
        cache_dir=cache_dir,
        local_only=local_files_only,
    )
    index = _read_index(folder)
    formats = precision_for(device, torch_dtype)
    unet = _network(BokehUNet, folder / "unet", variant, formats.unet, device)
    vae = _network(BokehVAE, folder / "vae", variant, formats.vae, device)
    encoder, extractor = None, None
    if index.get("image_encoder", (None,))[0] is not None:
        encoder = _image_encoder(folder / "image_encoder", variant, formats.unet, device)
        if (folder / "feature_extractor").is_dir():
            extractor = CLIPImageProcessorPil.from_pretrained(folder / "feature_extractor")
    settings = {name: index[name] for name in _SETTINGS if name in index}
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
        _require(official / part / "config.json", OFFICIAL_HELP)
    rest = model_folder(
        base, revision=revision, parts=("image_encoder", "feature_extractor"), local_only=local_files_only
    )
    _require(rest / "image_encoder" / "config.json", BASE_HELP)
    reports = [
        _verify_network(BokehUNet, official / "unet"),
        _verify_network(BokehVAE, official / "vae"),
        _verify_encoder(rest / "image_encoder"),
    ]
    for report in reports:
        if not report.fits:
            raise InputError(f"weights do not fit: {report}")
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as temporary:
        made = Path(temporary) / "model"
        for kind, part in ((BokehUNet, "unet"), (BokehVAE, "vae")):
            _copy_weights(official / part, made / part, DIFFUSERS_STEM)
            config = {"_class_name": kind.__name__, **_network_config(kind, official / part)}
            (made / part / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        _copy_weights(rest / "image_encoder", made / "image_encoder", TRANSFORMERS_STEM)
        shutil.copy(rest / "image_encoder" / "config.json", made / "image_encoder")
        if (rest / "feature_extractor").is_dir():
            shutil.copytree(rest / "feature_extractor", made / "feature_extractor")
        (made / _INDEX).write_text(json.dumps(_index(made), indent=2) + "\n")
        made.rename(output)
    return reports


def verify_pipeline(name: str | Path, *, local_files_only: bool = False) -> list[KeyReport]:
    """Compare a pipeline's weights with its networks, key by key, and look for damage.

    Raises InputError where files are missing or weights are not finite.
    """
    folder = model_folder(find_model(name), parts=_PARTS, local_only=local_files_only)
    index = _read_index(folder)
    reports = [_verify_network(BokehUNet, folder / "unet"), _verify_network(BokehVAE, folder / "vae")]
    if index.get("image_encoder", (None,))[0] is not None:
        reports.append(_verify_encoder(folder / "image_encoder"))
    return reports


def describe_pipeline(name: str | Path, *, local_files_only: bool = False) -> dict[str, Any]:
    """What a pipeline is: its folder, its settings, and the size of its networks."""
    folder = model_folder(find_model(name), parts=_PARTS, local_only=local_files_only)
    index = _read_index(folder)
    defaults = inspect.signature(AnyBokehPipeline).parameters
    facts: dict[str, Any] = {"folder": folder}
    facts |= {setting: index.get(setting, defaults[setting].default) for setting in _SETTINGS}
    for part, stem in (
        ("unet", DIFFUSERS_STEM),
        ("vae", DIFFUSERS_STEM),
        ("image_encoder", TRANSFORMERS_STEM),
    ):
        if index.get(part, (None,))[0] is not None:
            shapes = shapes_of(find_weights(folder / part, stem))
            facts[part] = f"{sum(map(math.prod, shapes.values())) / 1e6:.1f} M parameters"
    return facts


def _index(folder: Path) -> dict[str, Any]:
    extractor = (folder / "feature_extractor").is_dir()
    return {
        "_class_name": AnyBokehPipeline.__name__,
        "unet": ["anybokeh.models.unet", BokehUNet.__name__],
        "vae": ["anybokeh.models.vae", BokehVAE.__name__],
        "image_encoder": ["transformers", CLIPVisionModelWithProjection.__name__],
        "feature_extractor": ["transformers", "CLIPImageProcessor"] if extractor else [None, None],
        **RELEASED,
    }


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / _INDEX
    if not path.is_file():
        if (folder / "unet").is_dir():
            raise InputError(
                f"{folder}: holds no {_INDEX}; if it is of the official release, build a pipeline of it: "
                f"anybokeh models add {folder}"
            )
        raise InputError(f"{folder}: holds no {_INDEX}; expected the folder of an Any-to-Bokeh pipeline")
    index = _read_json(path)
    kind = index.get("_class_name")
    if kind != AnyBokehPipeline.__name__:
        raise InputError(f"{path}: describes a {kind}; expected an {AnyBokehPipeline.__name__}")
    return index


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        raise InputError(f"{path}: cannot be read as JSON; fetch the model again") from None


def _require(path: Path, help_text: str) -> None:
    if not path.is_file():
        raise InputError(f"{path}: is missing; {help_text}")


def _network_config(kind: type[nn.Module], folder: Path) -> dict[str, Any]:
    """The part of a network's config.json that its class knows."""
    _require(folder / "config.json", f"expected the folder of a {kind.__name__}")
    known = set(inspect.signature(kind).parameters)
    return {name: value for name, value in _read_json(folder / "config.json").items() if name in known}


Network = TypeVar("Network", BokehUNet, BokehVAE)


def _network(
    kind: type[Network], folder: Path, variant: str | None, dtype: torch.dtype, device: str
) -> Network:
    config = _network_config(kind, folder)
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
        module = _builder(kind, _network_config(kind, folder), folder)()
    return _verify(module, files)


def _verify(module: nn.Module, files: list[Path]) -> KeyReport:
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    report = compare(str(files[0].parent), shapes_of(files), expected)
    _check_all_finite(files)
    return report


def _check_all_finite(files: list[Path]) -> None:
    for file, key, value in weights_in(files):
        check_finite(file, key, value)


def _verify_encoder(folder: Path) -> KeyReport:
    """Transformers renames keys while loading, so its own count of what did not fit is taken."""
    files = find_weights(folder, TRANSFORMERS_STEM)
    _check_all_finite(files)
    _, facts = _load_encoder(folder, None, torch.float32)
    expected = len(shapes_of(files)) + len(facts["missing_keys"])
    wrong = tuple(str(entry[0]) for entry in facts.get("mismatched_keys", ()))
    return KeyReport(str(folder), expected, tuple(sorted(facts["missing_keys"])), (), wrong)


def _image_encoder(folder: Path, variant: str | None, dtype: torch.dtype, device: str) -> nn.Module:
    find_weights(folder, TRANSFORMERS_STEM, variant)
    encoder, facts = _load_encoder(folder, variant, dtype)
    missing = tuple(sorted(facts["missing_keys"]))
    if missing:
        raise InputError(f"weights do not fit: {KeyReport(str(folder), len(missing), missing, (), ())}")
    for key, value in encoder.state_dict().items():
        check_finite(folder, key, value)
    return encoder.to(device).eval()


def _load_encoder(folder: Path, variant: str | None, dtype: torch.dtype) -> tuple[nn.Module, dict[str, Any]]:
    _require(folder / "config.json", BASE_HELP)
    files = find_weights(folder, TRANSFORMERS_STEM, variant)
    if variant is None and ".fp16." in files[0].name:
        variant = "fp16"
    try:
        with _quiet():
            return CLIPVisionModelWithProjection.from_pretrained(
                folder,
                config=CLIPVisionConfig.from_pretrained(folder),
                use_safetensors=True,
                variant=variant,
                dtype=dtype,
                output_loading_info=True,
            )  # type: ignore[return-value]
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{folder}: cannot be read ({' '.join(str(error).split())[:200]})") from None


@contextmanager
def _quiet() -> Iterator[None]:
    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
        transformers_logging.enable_progress_bar()


def _copy_weights(source: Path, target: Path, stem: str) -> None:
    """Copy weights under the names without a precision."""
    target.mkdir(parents=True)
    files = find_weights(source, stem)
    if len(files) == 1 and files[0].stem.startswith(stem) and "-of-" not in files[0].name:
        shutil.copy(files[0], target / f"{stem}.safetensors")
        return
    for file in files:
        shutil.copy(file, target)
    index = next(source.glob(f"{stem}.safetensors.index*.json"))
    shutil.copy(index, target / f"{stem}.safetensors.index.json")
