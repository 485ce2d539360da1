"""The repair network: a small U-Net over three frames and their disparity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from anybokeh.repair.apply import CLIPPED, CLIPPED_FROM, GUESS, LEAST, SEEN, SURE, WIDE
from anybokeh.repair.config import RepairConfig

MULTIPLE = 16
"""Heights and widths are multiples of this; `RepairNetwork.forward` pads others."""


class Repaired(NamedTuple):
    """What the network says of the middle frame.

    Attributes:
        disparity: (batch, height, width), repaired where it is confident.
        stops: (batch, 3, height, width), log2 of the gain on linear light, 0 where nothing was clipped.
        change: (batch, height, width), as a share of the step between the nearest and the farthest disparity
            around, 1 from far to near.
    """

    disparity: Tensor
    stops: Tensor
    change: Tensor


class RepairNetwork(nn.Module):
    """Repairs the disparity of a frame and tells how bright its clipped highlights were.

    The middle frame enters at half size by pixel-unshuffle, what its neighbours differ by at a quarter;
    only the last step, moving disparity, runs at full size.
    """

    def __init__(self, config: RepairConfig | None = None) -> None:
        super().__init__()
        self.config = config or RepairConfig()
        half, quarter, eighth, sixteenth = self.config.widths
        self.stem = nn.Conv2d(4 * 10, half, 3, padding=1)
        self.at_half = _Block(half)
        self.changes = nn.Conv2d(4 * 8, quarter, 3, padding=1)
        self.to_quarter = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.at_quarter = _Block(quarter)
        self.to_eighth = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.at_eighth = _Block(eighth)
        self.to_sixteenth = nn.Conv2d(eighth, sixteenth, 3, stride=2, padding=1)
        self.at_sixteenth = _Block(sixteenth)
        self.from_sixteenth = nn.Conv2d(sixteenth, eighth, 1)
        self.join_eighth = nn.Conv2d(eighth, eighth, 3, padding=1)
        self.from_eighth = nn.Conv2d(eighth, quarter, 1)
        self.join_quarter = nn.Conv2d(quarter, quarter, 3, padding=1)
        self.from_quarter = nn.Conv2d(quarter, half, 1)
        self.join_half = nn.Conv2d(half, half, 3, padding=1)
        self.head = nn.Conv2d(half, 4 * 4, 3, padding=1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, frames: Tensor, disparity: Tensor) -> Repaired:
        """Repair the middle of three frames.

        Args:
            frames: (batch, 3, 3, height, width) in [0, 1], as the camera encoded them: before, middle, after.
            disparity: (batch, 3, height, width) in [0, 1], of the same frames.
        """
        height, width = disparity.shape[2:]
        padding = (0, -width % MULTIPLE, 0, -height % MULTIPLE)
        if any(padding):
            frames = functional.pad(frames.flatten(1, 2), padding, mode="replicate").unflatten(1, (3, 3))
            disparity = functional.pad(disparity, padding, mode="replicate")
        found = self.features(frames, disparity)[..., :height, :width]
        given, change = disparity[:, 1, :height, :width], found[:, 0]
        stops = functional.softplus(found[:, 1:]).clamp_max(self.config.most_stops)
        if not self.training:
            # small changes are dropped in use; in training they must be able to grow
            change = change.sign() * ((change.abs() - LEAST) / (1 - LEAST)).clamp_min(0)
            stops = stops * ((stops - GUESS) / (SURE - GUESS)).clamp(0, 1)
        far, near = extremes(given, (self.config.reach,)).unbind(1)
        repaired = (given + change * (near - far)).clamp(far, near)
        return Repaired(repaired, stops * clipping(frames[:, 1, :, :height, :width]), change)

    def features(self, frames: Tensor, disparity: Tensor) -> Tensor:
        """(batch, 4, height, width): change of disparity, and stops before their limits."""
        given = disparity[:, 1:2]
        sides = 4 * (extremes(given[:, 0], (SEEN,)) - given)
        centre = torch.cat(
            [frames[:, 1], given, 8 * _slopes(given), sides, belonging(frames[:, 1], given)], 1
        )
        centre = _unshuffled(centre)  # (batch, 40, height / 2, width / 2)
        half = self.at_half(_relu(self.stem(centre)))
        changes = _unshuffled(_changes(frames, disparity))  # (batch, 32, height / 4, width / 4)
        quarter = self.at_quarter(_relu(self.to_quarter(half).add_(self.changes(changes))))
        eighth = self.at_eighth(_relu(self.to_eighth(quarter)))
        sixteenth = self.at_sixteenth(_relu(self.to_sixteenth(eighth)))
        eighth = _relu(self.join_eighth(_doubled(self.from_sixteenth(sixteenth)).add_(eighth)))
        quarter = _relu(self.join_quarter(_doubled(self.from_eighth(eighth)).add_(quarter)))
        half = _relu(self.join_half(_doubled(self.from_quarter(quarter)).add_(half)))
        return functional.pixel_shuffle(self.head(half), 2)  # (batch, 4, height, width)


def clipping(frame: Tensor) -> Tensor:
    """How surely each value was clipped by the camera, 0 to 1; noise and compression leave it below white."""
    return ((frame - CLIPPED_FROM) / (CLIPPED - CLIPPED_FROM)).clamp(0, 1)


def extremes(given: Tensor, radii: tuple[int, ...]) -> Tensor:
    """Farthest and nearest disparity around each pixel, (batch, 2 * radii, height, width).

    Args:
        given: (batch, height, width).
        radii: of the square neighbourhoods, rising, in pixels.
    """
    levels = []
    far, near, so_far = -given[:, None], given[:, None], 0
    for radius in radii:
        step = radius - so_far
        far, near = _largest(far, step), _largest(near, step)
        levels += [-far, near]
        so_far = radius
    return torch.cat(levels, 1)


def belonging(frame: Tensor, given: Tensor) -> Tensor:
    """Which side of an outline a pixel belongs to by its colour, and by its disparity.

    The mean colours of the nearer and the farther side are taken from a neighbourhood. Where both answers
    differ, the outline is likely to be wrong.

    Args:
        frame: (batch, 3, height, width) in [0, 1].
        given: (batch, 1, height, width) disparity in [0, 1].

    Returns:
        (batch, 2, height, width), 0 farther to 1 nearer, fading to 0 where there is no outline.
    """
    far, near = extremes(given[:, 0], (WIDE,)).split(1, 1)
    span = near - far
    share = (given - far) / (span + 0.01)
    small = functional.avg_pool2d(torch.cat([frame, share, span], 1), 2)
    nearer, farther = small[:, 4:] * small[:, 3:4], small[:, 4:] * (1 - small[:, 3:4])
    sums = torch.cat([nearer * small[:, :3], nearer, farther * small[:, :3], farther], 1)
    sums = functional.avg_pool2d(functional.avg_pool2d(sums, 2), 5, 1, 2)
    colours = [part[:, :3] / (part[:, 3:] + 1e-5) for part in sums.split(4, 1)]
    apart = [
        (frame - functional.interpolate(colour, scale_factor=4, mode="bilinear")).square().sum(1, True)
        for colour in colours
    ]
    by_colour = apart[1] / (apart[0] + apart[1] + 0.002)
    return torch.cat([by_colour, share], 1) * (span / (span + 0.02))


def torch_features(
    config: RepairConfig, tensors: Mapping[str, np.ndarray]
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """`features` of a network with these weights for numpy arrays of one window; see `PlainNetwork`."""
    network = RepairNetwork(config)
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(frames: np.ndarray, disparity: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network.features(torch.from_numpy(frames)[None], torch.from_numpy(disparity)[None])[
                0
            ].numpy()

    return features


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return _relu(self.second(_relu(self.first(x))).add_(x))


def _changes(frames: Tensor, disparity: Tensor) -> Tensor:
    """What differs before and after from the middle, at half size, (batch, 8, height / 2, width / 2)."""
    frames = functional.avg_pool2d(frames.flatten(1, 2), 2).unflatten(1, (3, 3))
    disparity = functional.avg_pool2d(disparity, 2)
    moving = (frames[:, ::2] - frames[:, 1:2]).flatten(1, 2)
    return torch.cat([moving, 4 * (disparity[:, ::2] - disparity[:, 1:2])], 1)


def _unshuffled(x: Tensor) -> Tensor:
    return functional.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)


def _relu(x: Tensor) -> Tensor:
    return functional.relu(x, inplace=True)


def _largest(x: Tensor, radius: int) -> Tensor:
    rows = functional.max_pool2d(x, (1, 2 * radius + 1), 1, (0, radius))
    return functional.max_pool2d(rows, (2 * radius + 1, 1), 1, (radius, 0))


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")


def _slopes(given: Tensor) -> Tensor:
    """Differences to the right and downwards, (batch, 2, height, width)."""
    across = functional.pad(given[..., 1:] - given[..., :-1], (0, 1))
    down = functional.pad(given[..., 1:, :] - given[..., :-1, :], (0, 0, 0, 1))
    return torch.cat([across, down], 1)
