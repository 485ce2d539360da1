"""The paper's one-step model as a renderer: clips of any size and length, at native resolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.models.native import composite_native, to_display
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.models.windows import OVERLAP, WINDOW, plan_windows, segments
from anybokeh.models.working_size import WorkingSize, to_working, working_size
from anybokeh.optics.coc import circle_of_confusion
from anybokeh.optics.lens import Lens
from anybokeh.render.layered import LayeredRenderer
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.runtime.system import return_freed_memory
from anybokeh.shot import Scene, Shot


class OneStepRenderer:
    """Renders shots with an Any-to-Bokeh pipeline.

    Shots carry the context that `segments` asks for; a shot without any is a whole clip. Work on frames that
    consecutive shots share is done once; the result does not depend on it.

    Args:
        pipe: the model.
        name: what to call it in reports.
        window, overlap: frames that the model sees at once, and that consecutive windows share.
        threads: of the layered renderer that supplies native detail; None for all processors.
    """

    def __init__(
        self,
        pipe: AnyBokehPipeline,
        *,
        name: str = "one-step",
        window: int = WINDOW,
        overlap: int = OVERLAP,
        threads: int | None = None,
    ) -> None:
        self._pipe = pipe
        self._name = name
        self._window, self._overlap = window, overlap
        self._passes = pipe.passes()
        self._layered = LayeredRenderer(threads=threads)

    @property
    def name(self) -> str:
        """The model's folder or id."""
        return self._name

    def segments(self, height: int, width: int) -> SegmentPlan:
        """As few whole windows and chunks as can be, with the windows around them as context.

        Longer segments would only take memory: work on the context is shared with the segment before.
        """
        del height, width
        return segments(1, self._window, self._overlap)

    def render(self, shot: Shot) -> Any:
        """Refocus a shot.

        Returns:
            (frames, 3, height, width) float32 of the frames without their context, in the transfer function
            of the input. Pixels in focus that no nearer blur reaches, away from outlines, stay exact.
        """
        shown = shot.without_context()
        native, reach = self._layered.render_with_reach(shown, reach=True)
        assert reach is not None
        size = working_size(shot.frames.shape[2], shot.display_width, self._pipe.config["working_area"])
        if _is_all_sharp(shot):
            return shot.like_input(native)
        for index, model in enumerate(self._model(shot, size)):
            native[index] = composite_native(native[index], reach[index], model, shown, index, size)
        return shot.like_input(native)

    def _model(self, shot: Shot, size: WorkingSize) -> Iterator[np.ndarray]:
        """The model's frames at working size: (3, working height, working width) each."""
        plan = plan_windows(len(shot), self._window, self._overlap, before=shot.before, after=shot.after)
        working = replace(
            shot,
            frames=np.clip(to_working(to_display(shot.frames, shot.transfer), size), 0, 1),
            scene=_scene_at(size, shot),
            transfer="srgb",
            pixel_aspect=1.0,
        )
        for chunk in self._pipe.stream(self._passes, working, plan, size.width):
            yield from chunk[..., : size.height, : size.width].cpu().numpy()


def _scene_at(size: WorkingSize, shot: Shot) -> Scene:
    count, _, height, width = shot.frames.shape
    gain = shot.scene.radiance
    if gain is not None:
        by_colour = to_working(gain.reshape(count, -1, height, width), size)
        gain = np.maximum(by_colour, 0).reshape(count, *gain.shape[1:-2], *by_colour.shape[2:])
    return Scene(np.clip(to_working(shot.disparity[:, None], size)[:, 0], 0, 1), gain)


def _is_all_sharp(shot: Shot) -> bool:
    frames = zip(shot.disparity, shot.focus, shot.blur, shot.range, strict=True)
    return not any(
        circle_of_confusion(disparity, focus, blur, shot.display_width, width).any()
        for disparity, focus, blur, width in frames
    )


def load_one_step(name: str, *, lens: Lens, device: str) -> OneStepRenderer:
    """The renderer of a pipeline folder or hub id.

    Raises:
        InputError: the model cannot be had or read, or the lens is more than the model can draw.
    """
    if lens != Lens():
        raise InputError(
            f"renderer {name} draws round discs only: leave out --lens and the other options of the lens, "
            "or use --renderer layered"
        )
    return_freed_memory()
    pipe = AnyBokehPipeline.from_pretrained(name, device=device)
    return OneStepRenderer(pipe, name=str(name))
