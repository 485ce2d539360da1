"""Weights in safetensors files: finding them, comparing them with a model, reading them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from anybokeh.errors import InputError

Module = TypeVar("Module", bound=nn.Module)
Shapes = Mapping[str, tuple[int, ...]]

DIFFUSERS_STEM, TRANSFORMERS_STEM = "diffusion_pytorch_model", "model"
_NAMED = 5


@dataclass(frozen=True)
class KeyReport:
    """How weights and a model fit together.

    Attributes:
        source: where the weights are.
        expected: how many entries the model has.
        missing: entries of the model without weights.
        extra: weights that the model does not have.
        misshapen: entries with their shape in the file and in the model.
    """

    source: str
    expected: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshapen: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.extra or self.misshapen)

    def __str__(self) -> str:
        if self.fits:
            return f"{self.source}: all {self.expected} entries fit"
        parts = (("missing", self.missing), ("unknown", self.extra), ("of another shape", self.misshapen))
        return f"{self.source}: " + "; ".join(f"{len(k)} {what}: {_first(k)}" for what, k in parts if k)


def _first(keys: tuple[str, ...]) -> str:
    rest = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + rest


def compare(source: str, found: Shapes, expected: Shapes) -> KeyReport:
    """Compare the shapes of weights with those of a model, key by key."""
    wrong = (
        f"{key} is {list(found[key])}, not {list(shape)}"
        for key, shape in expected.items()
        if key in found and tuple(found[key]) != tuple(shape)
    )
    missing = tuple(key for key in expected if key not in found)
    extra = tuple(key for key in found if key not in expected)
    return KeyReport(source, len(expected), missing, extra, tuple(wrong))


def find_weights(folder: Path, stem: str, precision: str | None = None) -> list[Path]:
    """The safetensors files that hold a model's weights: one, or shards with an index.

    Args:
        folder: of the model.
        stem: `diffusion_pytorch_model` or `model`.
        precision: such as `fp16`, for files named `STEM.fp16.safetensors`; None takes the plain ones, or the
            fp16 ones where there are no others.

    Raises:
        InputError: there are none, a shard is missing, or they are pickled.
    """
    for suffix in (f".{precision}",) if precision else ("", ".fp16"):
        single = folder / f"{stem}{suffix}.safetensors"
        index = folder / f"{stem}.safetensors.index{suffix}.json"
        if single.is_file():
            return [single]
        if index.is_file():
            return _shards(index)
    pickled = next(iter(sorted([*folder.glob("*.bin"), *folder.glob("*.pt*"), *folder.glob("*.ckpt")])), None)
    if pickled is not None:
        target = folder / f"{stem}.safetensors"
        raise InputError(
            f"{pickled}: pickled weights are not read, for they can run code; convert them once: "
            'python -c "import torch; from safetensors.torch import save_file; '
            f"w = torch.load('{pickled}', weights_only=True); "
            f"save_file({{k: v.clone().contiguous() for k, v in w.items()}}, '{target}')\""
        )
    wanted = f"{stem}{'.' + precision if precision else ''}.safetensors"
    raise InputError(f"{folder}: holds no weights; expected {wanted} or its shards with their index")


def _shards(index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    except (ValueError, KeyError, AttributeError):
        raise InputError(f"{index}: is no index of shards; fetch the model again") from None
    files = [index.parent / Path(name).name for name in names]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise InputError(
            f"{index.parent}: {len(missing)} of {len(files)} shards missing: {_first(tuple(missing))}"
        )
    return files


def shapes_of(files: list[Path]) -> dict[str, tuple[int, ...]]:
    """Shapes of all weights in some files; nothing is read but the headers."""
    shapes = {}
    for _, opened in _opened(files):
        shapes |= {key: tuple(opened.get_slice(key).get_shape()) for key in _keys(opened)}
    return shapes


def weights_in(files: list[Path]) -> Iterator[tuple[Path, str, torch.Tensor]]:
    """Every weight in some files, with its file and key."""
    for file, opened in _opened(files):
        for key in _keys(opened):
            yield file, key, opened.get_tensor(key)


def read_weights(build: Callable[[], Module], files: list[Path], dtype: torch.dtype, device: str) -> Module:
    """Build a model without memory of its own and give it the weights of some files.

    Raises:
        InputError: keys or shapes do not fit, or a weight is not finite.
    """
    with torch.device("meta"):
        module = build()
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    report = compare(str(files[0].parent), shapes_of(files), expected)
    if not report.fits:
        raise InputError(f"weights do not fit: {report}")
    state = {}
    for file, key, value in weights_in(files):
        check_finite(file, key, value)
        # copied: mapped files are not aligned, so that results would depend on where a weight came from
        state[key] = value.to(device, dtype if value.is_floating_point() else None, copy=True)
    module.load_state_dict(state, assign=True)
    return module.eval()


def check_finite(file: Path, key: str, value: torch.Tensor) -> None:
    """Raise InputError where a weight is NaN or infinite."""
    # a sum is not finite if any term is not, and needs no memory
    if value.is_floating_point() and not torch.isfinite(value.sum(dtype=torch.float64)):
        raise InputError(f"{file}: {key} holds NaN or infinity; the file is damaged, fetch it again")


def check_all_finite(files: list[Path]) -> None:
    """Raise InputError where any weight in some files is NaN or infinite."""
    for file, key, value in weights_in(files):
        check_finite(file, key, value)


def _opened(files: list[Path]) -> Iterator[tuple[Path, safe_open]]:
    for file in files:
        try:
            with safe_open(file, framework="pt") as opened:
                yield file, opened
        except (SafetensorError, OSError) as error:
            raise InputError(f"{file}: cannot be read as safetensors ({error}); fetch it again") from None


def _keys(opened: safe_open) -> list[str]:
    return list(opened.keys())
