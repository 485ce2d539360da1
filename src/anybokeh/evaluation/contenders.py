"""Who takes part in a benchmark: this package's renderers, simpler ways, and frames that others have made."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from anybokeh.errors import InputError
from anybokeh.evaluation.cases import Case
from anybokeh.optics import signed_circle_of_confusion
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode, encode
from anybokeh.render import Renderer, load_renderer, notes_of
from anybokeh.render.highlights import highlight_gain
from anybokeh.shot import Shot
from anybokeh.synth.maps import read_pictures

USED = "+used"
"""After the name of a renderer that is measured as it is used."""


@dataclass(frozen=True)
class Output:
    """Frames (frames, 3, height, width) float32 in [0, 1], and the seconds they took; None if not timed."""

    frames: np.ndarray
    seconds: float | None


class Contender(Protocol):
    """Something that makes blurred frames."""

    @property
    def name(self) -> str:
        """What to call it in reports."""
        ...

    def takes(self, disparity: str) -> bool:
        """Whether it takes part with this kind of disparity."""
        ...

    def make(self, case: Case, disparity: np.ndarray) -> Output:
        """Its frames for a case with this disparity."""
        ...


@dataclass(frozen=True)
class OwnRenderer:
    """A renderer of this package.

    Attributes:
        renderer: as `anybokeh.render.load_renderer` takes it: a name, a folder or a hub id.
        radiance: give it how bright clipped pixels were, where that is known.
        device: where to render.
        used: first steady and repair the scene and find what is hidden, as a render does; it counts as time.
    """

    renderer: str
    radiance: bool = False
    device: str = "auto"
    used: bool = False
    _loaded: dict[Lens, Renderer] = field(default_factory=dict, repr=False, compare=False)
    _warm: set[Lens] = field(default_factory=set, repr=False, compare=False)

    @property
    def name(self) -> str:
        """That of the renderer, and whether it is measured as it is used."""
        return self.renderer + (USED if self.used else "")

    def takes(self, disparity: str) -> bool:
        """Any."""
        return True

    def make(self, case: Case, disparity: np.ndarray) -> Output:
        """Render the case; raises InputError if there is no such renderer."""
        first = case.facts.lens not in self._warm
        renderer = self.load(case.facts.lens)
        shot = case.shot(disparity, self.radiance)
        if first:
            # what is compiled and drawn once must not count as time a frame
            renderer.render(_first_frame(self._prepared(shot)))
            self._warm.add(case.facts.lens)
        started = time.perf_counter()
        frames = renderer.render(self._prepared(shot))
        return Output(np.asarray(frames, np.float32), time.perf_counter() - started)

    def _prepared(self, shot: Shot) -> Shot:
        if not self.used:
            return shot
        from anybokeh.job.in_memory import prepare

        scene = prepare(shot.frames, shot.disparity, shot.focus, shot.blur, range=shot.range).scene
        told = shot.scene.radiance
        return replace(shot, scene=scene if told is None else replace(scene, radiance=told))

    @property
    def notes(self) -> tuple[str, ...]:
        """What its renderers have to remark, such as that the processor took over from a card."""
        notes = [note for renderer in self._loaded.values() for note in notes_of(renderer)]
        return tuple(f"{self.name}: {note}" for note in dict.fromkeys(notes))

    def load(self, lens: Lens) -> Renderer:
        """The renderer for this lens, loaded once."""
        if lens not in self._loaded:
            self._loaded[lens] = load_renderer(self.renderer, lens=lens, device=self.device)
        return self._loaded[lens]


def _first_frame(shot: Shot) -> Shot:
    return replace(
        shot,
        frames=shot.frames[:1],
        scene=shot.scene.part(slice(1)),
        focus=shot.focus[:1],
        blur=shot.blur[:1],
        range=shot.range[:1],
    )


@dataclass(frozen=True)
class Rival:
    """A function of linear light (h, w, 3) and signed circle of confusion (h, w), see `baselines`."""

    name: str
    blur: Callable[[np.ndarray, np.ndarray], np.ndarray]
    radiance: bool = False

    def takes(self, disparity: str) -> bool:
        """Any."""
        return True

    def make(self, case: Case, disparity: np.ndarray) -> Output:
        """Its frames, one after another."""
        shot = case.shot(disparity, self.radiance)
        frames = np.empty_like(shot.frames)
        started = time.perf_counter()
        for index, frame in enumerate(shot.frames):
            light = decode(frame.transpose(1, 2, 0), shot.transfer).astype(np.float32)
            gain = highlight_gain(shot, index, Lens())
            if gain is not None:
                light *= gain.transpose(1, 2, 0)
            coc = signed_circle_of_confusion(
                shot.disparity[index],
                float(shot.focus[index]),
                float(shot.blur[index]),
                shot.display_width,
                float(shot.range[index]),
            )
            frames[index] = encode(self.blur(light, coc), shot.transfer).transpose(2, 0, 1)
        return Output(frames, time.perf_counter() - started)


@dataclass(frozen=True)
class Predictions:
    """Frames of another program: `folder`/CASE/00000.png and so on, made from this kind of disparity."""

    name: str
    folder: Path
    disparity: str = "exact"

    def takes(self, disparity: str) -> bool:
        """The kind that they were made from; with real clips there is only one."""
        return disparity in (self.disparity, "given")

    def make(self, case: Case, disparity: np.ndarray) -> Output:
        """Read the frames.

        Raises:
            InputError: they are missing, unreadable, or too few, too many or of another size.
        """
        folder = self.folder / case.name
        if not folder.is_dir():
            raise InputError(f"{folder}: is missing; --predictions {self.name} needs a folder for every clip")
        frames = read_pictures(folder)
        if len(frames) != case.whole:
            raise InputError(f"{folder}: holds {len(frames)} frames; {case.name} has {case.whole}")
        height, width = case.facts.aif.shape[2:]
        if frames.shape[2:] != (height, width):
            raise InputError(
                f"{folder}: frames are {frames.shape[3]}x{frames.shape[2]}; {case.name} is {width}x{height}"
            )
        return Output(frames[: len(case.facts.aif)], None)


def parse_predictions(text: str) -> Predictions:
    """NAME=FOLDER, or NAME@DISPARITY=FOLDER for frames made from another than the exact disparity.

    Raises:
        InputError: it is neither, or there is no such folder.
    """
    name, equals, folder = text.partition("=")
    name, _, disparity = name.partition("@")
    if not (name and equals and folder):
        raise InputError(f"predictions {text!r}: expected NAME=FOLDER or NAME@DISPARITY=FOLDER")
    if not Path(folder).is_dir():
        raise InputError(f"predictions {name}: {folder} is no folder; give one with a folder a clip")
    return Predictions(name, Path(folder), disparity or "exact")
