"""Depth networks in ONNX files: one picture in, one map out, any such network.

A file says little about itself. Its pictures are prepared as Depth Anything's are, and its maps are nearness,
unless the `config.json` and `preprocessor_config.json` that it was published with lie beside it or one folder
up and say otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.disparity.preparation import IMAGENET, Preparation, with_colours, with_size
from anybokeh.errors import InputError
from anybokeh.runtime.onnx_session import CPU, open_session, short

SHORT_SIDE = 392
"""Pixels of the shorter side: 1.8 times as fast as 518, which the networks were trained at."""
_MULTIPLE = 14
_TRIAL = (6 * _MULTIPLE, 5 * _MULTIPLE)
_BATCH = 8
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_EXPECTED = "expected a depth network, with one picture (1x3xHxW floats) in and one map out"


class OnnxDepthNetwork:
    """An `Estimator` over a depth network in an ONNX file.

    name: what it is called. identity: changes with its weights and working size. device: where it runs: cpu,
    or ONNX Runtime's provider in lower case, such as cuda. metric: whether it tells 1 / metres.
    """

    def __init__(self, name: str, session: Any, preparation: Preparation, device: str, weights: str) -> None:
        self.name = name
        self.identity = f"{name} {weights} {preparation} {device}"
        self.device = device
        self._session = session
        self._input = session.get_inputs()[0]
        self._preparation = preparation
        self.metric = preparation.metric
        self._batch = 1 if device == "cpu" or self._input.shape[0] == 1 else _BATCH

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(height, width) float32 for every picture (height, width, 3) uint8, nearer is larger.

        Raises InputError where the network fails.
        """
        remaining = iter(pictures)
        while batch := list(islice(remaining, self._batch)):
            height, width = batch[0].shape[:2]
            found = self._maps(np.stack([self._preparation.prepared(picture) for picture in batch]))
            yield from (self._preparation.nearness(one, width, height) for one in found)

    def check(self) -> None:
        """Raise InputError unless a small picture, or one of the network's only size, gives a map like it."""
        across, down = self._preparation.fixed or _TRIAL
        (found,) = self._maps(np.zeros((1, 3, down, across), np.float32))
        height, width = found.shape
        if min(height, width) < 2 or not 0.8 < (width / height) / (across / down) < 1.25:
            raise InputError(
                f"{self.name}: gives {width}x{height} values for {across}x{down} pixels; {_EXPECTED}"
            )

    def _maps(self, prepared: np.ndarray) -> np.ndarray:
        """(pictures, h, w) float32."""
        values = prepared.astype(_TYPES[self._input.type])
        try:
            (found,) = self._session.run(None, {self._input.name: values})
        except Exception as error:  # its errors have no base of their own
            raise InputError(f"{self.name}: fails on a picture ({short(error)}); {_EXPECTED}") from None
        found = np.asarray(found, np.float32)
        if found.ndim == 4 and 1 in (found.shape[1], found.shape[3]):
            found = found[:, 0] if found.shape[1] == 1 else found[..., 0]
        if found.ndim == 2 and len(prepared) == 1:
            found = found[None]
        if found.ndim != 3 or len(found) != len(prepared):
            raise InputError(f"{self.name}: gives values of shape {found.shape}; {_EXPECTED}")
        return found


def load_onnx_network(
    file: Path, *, name: str | None = None, device: str = "auto", short_side: int | None = None
) -> OnnxDepthNetwork:
    """A depth network from an ONNX file, tried on a small picture.

    Args:
        file: with one input, pictures (number, 3, height, width) of any or of one size, and one output.
        name: what to call it; the file if None.
        device: `auto`, `cpu`, `cuda` or `mps`; the processor where ONNX Runtime has no provider for it.
        short_side: pixels of the picture's shorter side that the network sees; None is SHORT_SIDE.

    Raises:
        InputError: the file is not there, damaged, or holds no depth network; ONNX Runtime is missing.
    """
    name = name or str(file)
    session, provider = open_session(file, device)
    own = with_size(_preparation(name, file, session), name, short_side)
    where = "cpu" if provider == CPU else provider.removesuffix("ExecutionProvider").lower()
    network = OnnxDepthNetwork(name, session, own, where, _weights_hash(file))
    network.check()
    return network


def _preparation(name: str, file: Path, session: Any) -> Preparation:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(f"{name}: has {len(inputs)} inputs and {len(outputs)} outputs; {_EXPECTED}")
    shape, kind = inputs[0].shape, inputs[0].type
    if kind not in _TYPES or not _are_pictures(shape):
        kind = kind.removeprefix("tensor(").removesuffix(")")
        raise InputError(f"{name}: takes {kind} values of shape {shape}; {_EXPECTED}")
    own = Preparation(SHORT_SIDE, _MULTIPLE, *IMAGENET, "nearness")
    if isinstance(shape[2], int):
        own = replace(own, fixed=(shape[3], shape[2]))
    if _facts(file, "config.json").get("depth_estimation_type") == "metric":
        own = replace(own, kind="depth", metric=True)
    return with_colours(own, _facts(file, "preprocessor_config.json"))


def _are_pictures(shape: Sequence[int | str | None]) -> bool:
    """Whether an input takes pictures, one or any number at once; a name or None stands for any size."""
    if len(shape) != 4:
        return False
    number, channels, height, width = (side if isinstance(side, int) else None for side in shape)
    return number in (1, None) and channels in (3, None) and (height is None) == (width is None)


def _facts(file: Path, name: str) -> dict[str, Any]:
    """What a JSON file beside a network or one folder up holds; nothing where there is none."""
    for folder in (file.parent, file.parent.parent):
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def _weights_hash(file: Path) -> str:
    """Of the file, and of the one beside it that large networks keep their weights in."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (file, *sorted(file.parent.glob(f"{file.name}[_.]data"))):
        with part.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
