"""CLIP's image encoder, from a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.utils import logging as transformers_logging

from anybokeh.errors import InputError
from anybokeh.models.pipeline_folder import BASE_HELP, require
from anybokeh.models.weights import (
    TRANSFORMERS_STEM,
    KeyReport,
    check_all_finite,
    check_finite,
    find_weights,
    shapes_of,
)


def verify_encoder(folder: Path) -> KeyReport:
    """Compare an image encoder with its weights.

    Transformers renames keys while loading, so its own count of what did not fit is taken.
    """
    files = find_weights(folder, TRANSFORMERS_STEM)
    check_all_finite(files)
    _, facts = _read_encoder(folder, None, torch.float32)
    expected = len(shapes_of(files)) + len(facts["missing_keys"])
    wrong = tuple(str(entry[0]) for entry in facts.get("mismatched_keys", ()))
    return KeyReport(str(folder), expected, tuple(sorted(facts["missing_keys"])), (), wrong)


def load_encoder(folder: Path, variant: str | None, dtype: torch.dtype, device: str) -> nn.Module:
    """Load an image encoder; raises InputError where weights are missing or damaged."""
    find_weights(folder, TRANSFORMERS_STEM, variant)
    encoder, facts = _read_encoder(folder, variant, dtype)
    missing = tuple(sorted(facts["missing_keys"]))
    if missing:
        raise InputError(f"weights do not fit: {KeyReport(str(folder), len(missing), missing, (), ())}")
    for key, value in encoder.state_dict().items():
        check_finite(folder, key, value)
    return encoder.to(device).eval()


def _read_encoder(folder: Path, variant: str | None, dtype: torch.dtype) -> tuple[nn.Module, dict[str, Any]]:
    require(folder / "config.json", BASE_HELP)
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
