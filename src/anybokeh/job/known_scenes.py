"""From pictures and the disparity that is given to whole scenes: lamps, steadying, repair, what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.filters.windows import twice
from anybokeh.repair import RepairSettings
from anybokeh.runtime.stages import within
from anybokeh.shot import Behind

if TYPE_CHECKING:
    from anybokeh.disparity.glimpses import Flows
    from anybokeh.repair.lamp_light import Light

T = TypeVar("T")


@dataclass(frozen=True)
class SceneSteps:
    """What is done to make a scene.

    Attributes:
        steady: whether disparity is steadied.
        repair: what is repaired, None for nothing.
        hidden: whether it is found what other frames saw behind what is near.
    """

    steady: bool
    repair: RepairSettings | None
    hidden: bool

    @property
    def around(self) -> int:
        """Frames to either side whose disparity has to be known as well."""
        if not self.hidden:
            return 0
        from anybokeh.hidden.finding import REACH

        return REACH

    @property
    def reach(self) -> int:
        """Frames to either side that a scene depends on."""
        reach = 0
        if self.steady:
            from anybokeh.disparity.steadying import REACH

            reach = REACH
        if self.repair is not None:
            from anybokeh.repair.lamps_over_time import REACH

            reach = max(reach, REACH)
        return reach + self.around


class Given(NamedTuple, Generic[T]):
    """A frame before anything is known of its scene.

    Attributes:
        tag: anything that goes with it.
        picture: (height, width, 3) of any type that clips have.
        away: frames from those whose scenes are wanted, 0 for these.
        alpha: (height, width) of the same type, or None.
        light: of its lamps, once that is known.
    """

    tag: T
    picture: np.ndarray
    away: int = 0
    alpha: np.ndarray | None = None
    light: Light | None = None


class Known(NamedTuple, Generic[T]):
    """The scene of a frame.

    Attributes:
        tag: what goes with the frame.
        disparity: (height, width) float32 in [0, 1].
        light: of its lamps, above what the camera recorded, or None.
        behind: what other frames saw behind what is near, or None.
    """

    tag: T
    disparity: np.ndarray
    light: Light | None = None
    behind: Behind | None = None


def known_scenes(
    frames: Iterable[Given[T]], disparity_of: Callable[[T], np.ndarray], steps: SceneSteps
) -> Iterator[Known[T]]:
    """The scenes of the frames that are 0 away, in order, as frames come.

    Args:
        frames: in order, `SceneSteps.reach` of those that there are on either side of what is wanted.
        disparity_of: reads the disparity of a frame, (height, width) float32 in [0, 1].
        steps: what is done.
    """
    from anybokeh.disparity.glimpses import Flows

    # steadying and what finds hidden surfaces ask for the same optical flow
    flows = Flows()
    # lamps and disparity are known by the same frames ahead, which wait once for both
    frames, seen = twice(frames)
    steady = within("steadying", _steady(frames, disparity_of, steps, flows))
    lights = iter(within("repair", _lights(seen, steps.repair)))
    with_lamps = _with_lamps(steady, lights)
    known = within("repair", _mended(with_lamps, steps.repair))
    if not steps.hidden:
        for one, disparity in known:
            yield Known(one.tag, disparity, one.light)
        return
    from anybokeh.hidden.finding import with_hidden

    items = ((one, _with_alpha(one), disparity) for one, disparity in known)
    found = with_hidden(items, lambda one: one.away == 0, flows, light_of=lambda one: one.light)
    for one, disparity, behind in within("hidden surfaces", found):
        yield Known(one.tag, disparity, one.light, behind)


def _lights(
    frames: Iterable[Given[T]], repair: RepairSettings | None
) -> Iterator[tuple[Given[T], Light | None]]:
    if repair is None:
        yield from ((one, None) for one in frames)
        return
    from anybokeh.repair.repairing import lit

    for one, _, light in lit(((one, _as_seen(one.picture)) for one in frames), repair):
        yield one, light


def _with_lamps(
    items: Iterable[tuple[Given[T], np.ndarray, np.ndarray]],
    lights: Iterator[tuple[Given[T], Light | None]],
) -> Iterator[tuple[Given[T], np.ndarray, np.ndarray]]:
    """Frames with the light of their lamps, by the lights of all frames in order, some of which are gone."""
    for one, disparity, loose in items:
        light = next(light for other, light in lights if other is one)
        yield one._replace(light=light), disparity, loose


def _steady(
    frames: Iterable[Given[T]], disparity_of: Callable[[T], np.ndarray], steps: SceneSteps, flows: Flows
) -> Iterator[tuple[Given[T], np.ndarray, np.ndarray]]:
    """Those whose disparity has to be known, with it, and with disparity before its outlines were aligned."""
    around = steps.around
    if not steps.steady:
        for one in frames:
            if one.away <= around:
                disparity = disparity_of(one.tag)
                yield one, disparity, disparity
        return
    from anybokeh.disparity.steadying import steadied_both

    items = ((one, one.picture, disparity_of(one.tag)) for one in frames)
    yield from steadied_both(items, wanted=lambda one: one.away <= around, flows=flows)


def _mended(
    items: Iterable[tuple[Given[T], np.ndarray, np.ndarray]], repair: RepairSettings | None
) -> Iterator[tuple[Given[T], np.ndarray]]:
    if repair is None:
        yield from ((one, disparity) for one, disparity, _ in items)
        return
    from anybokeh.repair.repairing import mended

    seen = ((one, _as_seen(one.picture), disparity, loose) for one, disparity, loose in items)
    yield from mended(seen, repair)


def _as_seen(picture: np.ndarray) -> np.ndarray:
    # floats are linear light, which the network has never seen
    return eight_bit(picture) if picture.dtype.kind == "f" else picture


def _with_alpha(frame: Given[T]) -> np.ndarray:
    """Pixels (height, width, 3), or 4 where there is an alpha channel."""
    return frame.picture if frame.alpha is None else np.dstack([frame.picture, frame.alpha])
