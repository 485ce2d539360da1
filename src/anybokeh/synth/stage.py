"""A scene in motion, and filming it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anybokeh.optics.lens import Lens
from anybokeh.runtime.threads import Crew
from anybokeh.synth.layered import Hidden, hidden, margin, render_frame
from anybokeh.synth.layers import Layer, Plane, View
from anybokeh.synth.projection import Texture, project, project_floor
from anybokeh.synth.props import Prop
from anybokeh.synth.sample import RATE, Sample


@dataclass(frozen=True)
class Setting:
    """How a clip is filmed.

    Attributes:
        size: (width, height) in pixels.
        focus, blur, range: (frames,); see `Shot`.
        lens: its aperture.
        rate: frames a second.
    """

    size: tuple[int, int]
    focus: np.ndarray
    blur: np.ndarray
    range: np.ndarray
    lens: Lens = field(default_factory=Lens)
    rate: float = RATE

    def view(self, frame: int) -> View:
        """How one frame is taken."""
        return View(self.size, float(self.focus[frame]), float(self.blur[frame]), float(self.range[frame]))


@dataclass(frozen=True)
class Actor:
    """A prop on its way.

    Attributes:
        prop: what moves.
        to_frame: (frames, 3, 3) homographies from its unit square, v down, to pixels.
        planes: where it stands in each frame.
        nearness: (frames,) disparity by which objects are ordered.
    """

    prop: Prop
    to_frame: np.ndarray
    planes: tuple[Plane, ...]
    nearness: np.ndarray

    def layer(self, frame: int, size: tuple[int, int], around: int, *, endless: bool = False) -> Layer:
        """The actor as it is seen in a frame."""
        return project(
            self.prop.at(frame), self.to_frame[frame], self.planes[frame], size, around, endless=endless
        )


@dataclass(frozen=True)
class Floor:
    """Level ground.

    Attributes:
        texture: one tile.
        from_frame: (frames, 3, 3) homographies from pixels to tiles.
        planes: its disparity in each frame; it must not change along x.
        horizon: (frames,) row at which it meets the backdrop.
    """

    texture: Texture
    from_frame: np.ndarray
    planes: tuple[Plane, ...]
    horizon: np.ndarray


@dataclass(frozen=True)
class Stage:
    """A scene in motion.

    Attributes:
        setting: how it is filmed.
        actors: the objects, in any order; they may pass behind each other where both face the camera.
        backdrop: fills the frame behind all others.
        floor: ground between the actors and the backdrop, or None.
        subject: which actor is meant to be in focus, or None.
        metadata: how it was made, JSON values.
    """

    setting: Setting
    actors: tuple[Actor, ...]
    backdrop: Actor
    floor: Floor | None = None
    subject: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.setting.focus)

    def planes(self, frame: int) -> list[Plane]:
        """Where everything stands in a frame."""
        floor = [self.floor.planes[frame]] if self.floor else []
        return [actor.planes[frame] for actor in (*self.actors, self.backdrop)] + floor

    def layers(self, frame: int) -> tuple[list[Layer], np.ndarray]:
        """Layers of a frame, nearest first, and where each actor is among them, (actors,)."""
        setting = self.setting
        size = setting.size
        around = margin(self.planes(frame), setting.view(frame), setting.lens)
        order = np.argsort([-actor.nearness[frame] for actor in self.actors], kind="stable")
        layers = [self.actors[index].layer(frame, size, around) for index in order]
        if self.floor:
            floor = self.floor
            layers.append(
                project_floor(
                    floor.texture,
                    floor.from_frame[frame],
                    floor.planes[frame],
                    size,
                    around,
                    float(floor.horizon[frame]),
                )
            )
        layers.append(self.backdrop.layer(frame, size, around, endless=True))
        return layers, np.argsort(order, kind="stable")

    def hidden(self, frame: int) -> Hidden:
        """What lies behind the front-most surfaces of a frame."""
        return hidden(self.layers(frame)[0], self.setting.size)


def film(
    stage: Stage,
    name: str,
    *,
    crew: Crew | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Sample:
    """Render every frame of a stage.

    Args:
        stage: what.
        name: of the sample.
        crew: threads that do the work; a new one if None.
        progress: called with the frames done and the frames in all.
    """
    if crew is None:
        with Crew() as own:
            return film(stage, name, crew=own, progress=progress)
    setting = stage.setting
    frames, disparity, bokeh, masks, clipped = [], [], [], [], []
    for index in range(len(stage)):
        layers, places = stage.layers(index)
        frame = render_frame(layers, setting.view(index), setting.lens, crew=crew)
        frames.append(frame.aif)
        disparity.append(frame.disparity)
        bokeh.append(frame.bokeh_code)
        masks.append(frame.masks[places])
        clipped.append(frame.clipped)
        if progress:
            progress(index + 1, len(stage))
    return Sample(
        name=name,
        frames=np.stack(frames),
        disparity=np.stack(disparity),
        bokeh=np.stack(bokeh),
        focus=setting.focus.astype(np.float32),
        blur=setting.blur.astype(np.float32),
        range=setting.range.astype(np.float32),
        masks=np.stack(masks, axis=1) if stage.actors else None,
        subject=stage.subject,
        clipped=np.stack(clipped),
        rate=setting.rate,
        lens=setting.lens,
        metadata=stage.metadata,
    )
