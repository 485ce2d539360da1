"""Models of transformers by folder or hub id: what is there, what may be fetched, and errors in one line.

Weights are read from safetensors only, and no code of a model's author is ever run. What is in a folder or in
the local cache is loaded without asking the network.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.device import choose_device

_PATIENCE = 5.0
"""Seconds to wait for the hub."""


def load_config(name: str, *, local_only: bool = False) -> Any:
    """The configuration of a model; raises InputError where it is not there and cannot be fetched."""
    transformers = _transformers()
    local_only = local_only or _must_be_local(name)
    with _explained(name):
        return transformers.AutoConfig.from_pretrained(name, local_files_only=local_only)


def load_model(
    name: str, kind: str, config: Any, *, device: str = "auto", local_only: bool = False
) -> tuple[Any, str]:
    """A model ready to be called, and the device it is on.

    Args:
        kind: name of the class in transformers.
        config: what `load_config` gave.
        device: `auto`, `cpu`, `cuda` or `mps`; CUDA computes in half precision.

    Raises:
        InputError: its weights cannot be fetched, are damaged, or are not in safetensors.
    """
    transformers = _transformers()
    where = choose_device(device)
    import torch

    with _explained(name):
        model = getattr(transformers, kind).from_pretrained(
            name,
            config=config,
            use_safetensors=True,
            local_files_only=local_only or Path(name).is_dir() or in_local_cache(name),
            dtype=torch.float16 if where == "cuda" else torch.float32,
        )
    return model.to(where).eval(), where


def weights_identity(name: str, config: Any) -> str:
    """What changes with a model's weights: the hub's commit, or a hash of the files of a folder."""
    return getattr(config, "_commit_hash", None) or _weights_hash(Path(name))


def in_local_cache(name: str) -> bool:
    """Whether a hub id's configuration and weights were fetched before; False without huggingface_hub."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:
        return False
    weights = "model.safetensors", "model.safetensors.index.json"
    try:
        config, *found = (
            isinstance(try_to_load_from_cache(name, file), str) for file in ("config.json", *weights)
        )
    except HFValidationError:
        return False
    return config and any(found)


def hub_answers() -> bool:
    """Whether the hub can be reached within a few seconds."""
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
    except Exception:
        return False
    return True


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _must_be_local(name: str) -> bool:
    """Whether nothing need be fetched; raises InputError where something would have to be and cannot."""
    if Path(name).is_dir() or in_local_cache(name):
        return True
    if Path(name).exists():
        raise InputError(f"{name}: is a file; expected a folder that holds a depth model, or a hub id")
    if is_offline():
        raise InputError(
            f"{name}: there is no such folder, no such model in the local cache, and HF_HUB_OFFLINE forbids "
            "to fetch it; fetch it once with the network"
        )
    if not hub_answers():
        raise InputError(
            f"{name}: there is no such folder, no such model in the local cache, and the hub cannot be "
            "reached; check the spelling and the network"
        )
    return False


def _transformers() -> Any:
    try:
        import transformers
    except ImportError:
        raise InputError(
            "depth networks need the packages torch and transformers: pip install 'anybokeh[depth]'"
        ) from None
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def _weights_hash(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*config.json")]):
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


class _explained:
    """Turns what loading raises into one line for the user."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, InputError):
            raise InputError(_explanation(self._name, error)) from None


def _explanation(name: str, error: Exception) -> str:
    message = f"{type(error).__name__}: {error} {error.__cause__!r}"
    if Path(name).is_dir():
        if "no file named model.safetensors" in message:
            return f"{name}: holds no model.safetensors; save the model with save_pretrained"
        return f"{name}: is no depth model that can be read ({_short(error)})"
    if "does not appear to have a file named model.safetensors" in message:
        return f"{name}: has no weights in safetensors, the only format that is read; choose another model"
    for sign, explanation in _SIGNS.items():
        if sign in message:
            return f"{name}: {explanation}"
    return f"{name}: cannot be loaded ({_short(error)})"


_NOWHERE = "there is no such folder and no such model on the hub; check the spelling"
_SIGNS: dict[str, str] = {
    "RepositoryNotFound": _NOWHERE,
    "is not a valid model identifier": _NOWHERE,
    "HFValidationError": "is neither a folder nor a hub id (owner/name); check the spelling",
    "GatedRepo": "needs its terms accepted on the hub, and a login there",
}


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
