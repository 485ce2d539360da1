"""Model folders: local ones, and those of the hub by id and revision, from its cache where possible."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from anybokeh.errors import InputError


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
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    weights = f"*.{precision}*safetensors" if precision else "*.safetensors"
    inside = (f"{part}/{end}" for part in parts for end in ("*.json", weights))
    try:
        found = snapshot_download(
            repository,
            revision=revision or given or None,
            allow_patterns=["*.json", "*.md", "LICENSE*", *inside],
            cache_dir=cache_dir,
            local_files_only=local_only,
        )
    except GatedRepoError:
        reason = (
            f"its owner asks for consent: agree at https://huggingface.co/{repository}, then hf auth login"
        )
    except RepositoryNotFoundError:
        reason = "the hub has no such model, or it is private; check the spelling"
    except RevisionNotFoundError:
        reason = f"the hub's model has no revision {revision or given!r}"
    except HFValidationError:
        reason = "is no hub id; expected owner/name"
    except LocalEntryNotFoundError:
        reason = "it is not in the local cache and the hub cannot be reached; fetch it once with the network"
    except OSError as error:
        reason = f"the hub cannot be reached ({type(error).__name__}); check the network"
    else:
        return Path(found)
    raise InputError(f"{name}: there is no such folder, and {reason}")
