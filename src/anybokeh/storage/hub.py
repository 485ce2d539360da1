"""Models by folder or hub id: what is there, what may be fetched, and the hub's errors in one line.

Weights are read from safetensors only, and no code of a model's author is ever run. What is in a folder or in
the local cache is loaded without asking the network.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.device import choose_device

_PATIENCE = 5.0
"""Seconds to wait for the hub."""
_why_offline = "HF_HUB_OFFLINE forbids to fetch it"
_NOWHERE = "the hub has no such model, or it is private; check the spelling"
_REASONS = {
    # a gated model is also one that is not found, so it comes first
    "GatedRepo": (
        "its owner asks for consent: agree at https://huggingface.co/{repository}, then hf auth login"
    ),
    "RepositoryNotFound": _NOWHERE,
    "is not a valid model identifier": _NOWHERE,
    "RevisionNotFound": "the hub's model has no such revision",
    "HFValidationError": "it is no hub id, owner/name; check the spelling",
    "LocalEntryNotFound": (
        "it is not in the local cache and the hub cannot be reached; fetch it once with the network"
    ),
    # the one above is told by a longer word of the same end
    "EntryNotFound": "the hub's model has no such file; check the spelling",
}
"""What is wrong, by words in the hub's errors."""


def model_folder(
    name: str | Path,
    *,
    revision: str | None = None,
    parts: Sequence[str] = ("*",),
    precision: str | None = None,
    cache_dir: str | Path | None = None,
    local_only: bool = False,
) -> Path:
    """The folder of a model, fetched from the hub if need be.

    Args:
        name: a folder, or a hub id, `owner/name` or `owner/name@revision`.
        revision: branch, tag or commit of the hub.
        parts: subfolders to fetch.
        precision: fetch the files of that precision only, such as `fp16`.
        cache_dir: of the hub; None takes its own.
        local_only: never use the network; so does the variable HF_HUB_OFFLINE.

    Raises:
        InputError: there is no such folder or model, or it cannot be fetched.
    """
    if Path(name).is_dir():
        return Path(name)
    repository, _, given = str(name).partition("@")
    if repository.count("/") != 1 or Path(name).exists():
        raise InputError(
            f"{name}: there is no such folder; expected a model's folder or a hub id, owner/name"
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    weights = f"*.{precision}*safetensors" if precision else "*.safetensors"
    inside = (f"{part}/{end}" for part in parts for end in ("*.json", weights))
    try:
        return Path(
            snapshot_download(
                repository,
                revision=revision or given or None,
                allow_patterns=["*.json", "*.md", "LICENSE*", *inside],
                cache_dir=cache_dir,
                local_files_only=local_only,
            )
        )
    except (OSError, HFValidationError) as error:
        reason = _reason(repository, type(error).__name__)
        reason = reason or f"the hub cannot be reached ({type(error).__name__}); check the network"
        raise InputError(f"{name}: there is no such folder, and {reason}") from None


def model_file(name: str, file: str, beside: Sequence[str] = ()) -> Path:
    """One file of a model of the hub, from the local cache or fetched.

    Args:
        name: a hub id, `owner/name` or `owner/name@revision`.
        file: its path in the model.
        beside: files to bring along, as far as the model has them.

    Raises:
        InputError: there is no such model or file, or it cannot be fetched.
    """
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, HFValidationError
    except ImportError:
        raise InputError(f"{name}:{file}: to fetch it pip install huggingface_hub, or give a path") from None
    repository, _, revision = name.partition("@")

    def fetched(one: str, local_only: bool) -> Path:
        return Path(hf_hub_download(repository, one, revision=revision or None, local_files_only=local_only))

    try:
        try:
            return fetched(file, True)
        except EntryNotFoundError:
            found = fetched(file, False)
        for one in beside:
            with suppress(EntryNotFoundError):
                fetched(one, False)
        return found
    except (OSError, HFValidationError, EntryNotFoundError) as error:
        reason = _reason(repository, type(error).__name__)
        reason = reason or f"the hub cannot be reached ({type(error).__name__}); check the network"
        raise InputError(f"{name}:{file}: {reason}") from None


def load_config(name: str, *, local_only: bool = False) -> Any:
    """The configuration of a model of transformers.

    Raises InputError where it is not there and cannot be fetched.
    """
    transformers = _transformers(name)
    local_only = local_only or is_local(name)
    with _explained(name):
        return transformers.AutoConfig.from_pretrained(name, local_files_only=local_only)


def load_model(
    name: str, kind: str, config: Any, *, device: str = "auto", local_only: bool = False
) -> tuple[Any, str]:
    """A model of transformers ready to be called, and the device it is on.

    Args:
        kind: name of the class in transformers.
        config: what `load_config` gave.
        device: `auto`, `cpu`, `cuda` or `mps`; CUDA computes in half precision.

    Raises:
        InputError: its weights cannot be fetched, are damaged, or are not in safetensors.
    """
    transformers = _transformers(name)
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


def stay_offline(why: str) -> None:
    """Fetch nothing in this process and what it starts; `why` is told where something would have to be."""
    global _why_offline
    os.environ["HF_HUB_OFFLINE"] = "1"
    _why_offline = why


def is_local(name: str) -> bool:
    """Whether nothing need be fetched; raises InputError where something would have to be and cannot."""
    if Path(name).is_dir() or in_local_cache(name):
        return True
    if Path(name).exists():
        raise InputError(f"{name}: is a file; expected a folder that holds a model, or a hub id")
    nowhere = f"{name}: there is no such folder, no such model in the local cache, and "
    if is_offline():
        raise InputError(f"{nowhere}{_why_offline}; check the spelling, or fetch it once")
    if not _hub_answers():
        raise InputError(f"{nowhere}the hub cannot be reached; check the spelling and the network")
    return False


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids to fetch anything."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _hub_answers() -> bool:
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
    except Exception:
        return False
    return True


def _transformers(name: str) -> Any:
    try:
        import transformers
    except ImportError:
        raise InputError(
            f"{name}: depth networks need the packages torch and transformers; pip install 'anybokeh[depth]'"
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


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turns what loading raises into one line for the user."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{name}: {_explanation(name, error)}") from None


def _explanation(name: str, error: Exception) -> str:
    text = f"{type(error).__name__}: {error} {error.__cause__!r}"
    short = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
    if Path(name).is_dir():
        if "no file named model.safetensors" in text:
            return "holds no model.safetensors; save the model with save_pretrained"
        return f"is no depth model that can be read ({short})"
    if "does not appear to have a file named model.safetensors" in text:
        return "has no weights in safetensors, the only format that is read; choose another model"
    reason = _reason(name, text)
    return f"there is no such folder, and {reason}" if reason else f"cannot be loaded ({short})"


def _reason(repository: str, text: str) -> str | None:
    """What is wrong with a model of the hub whose error reads so, or None."""
    reason = next((reason for sign, reason in _REASONS.items() if sign in text), None)
    return reason and reason.format(repository=repository)
