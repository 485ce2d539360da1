"""Known hidden surfaces take the place of the renderer's own fill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens, signed_circle_of_confusion
from anybokeh.optics.focal_surface import colour_focuses
from anybokeh.optics.light import encode
from anybokeh.render import LayeredRenderer, Scene, Shot
from anybokeh.render.focusing import surface_of_frame
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.known_hidden import KnownHidden, known_hidden
from anybokeh.render.layered import Room, composite
from anybokeh.render.outlines import find_outlines
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Behind

from . import plain
from .scenes import random_scene

SIZE = 40, 56


def random_behind(seed: int, height: int, width: int, disparity: np.ndarray) -> Behind:
    """One or two surfaces behind most pixels."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 3, (height, width))
    y, x = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    order = np.concatenate([np.arange(count) for count in counts.ravel()])
    depth = disparity[y, x] * np.where(order == 0, 0.7, 0.3)
    begins = np.searchsorted(y, np.arange(height + 1)).astype(np.int32)
    count = len(x)
    return Behind(
        begins,
        x.astype(np.int32),
        rng.random((count, 3)).astype(np.float32),
        depth.astype(np.float32),
        rng.random(count).astype(np.float32),
    )


def shot_of(seed: int, *, transfer: str = "srgb", hidden: bool = True) -> Shot:
    light, disparity = random_scene(seed, *SIZE)
    behind = (random_behind(seed, *SIZE, disparity),) if hidden else None
    frame = encode(light, transfer).transpose(2, 0, 1).astype(np.float32)
    return Shot(frame[None], Scene(disparity[None], hidden=behind), 0.4, 300, transfer=transfer)


@pytest.mark.parametrize(("seed", "focus", "radius"), [(1, 0.5, 10), (2, 0.0, 14), (3, 0.3, 30)])
def test_fast_and_plain_agree(seed: int, focus: float, radius: float) -> None:
    light, disparity = random_scene(seed, *SIZE)
    coc = signed_circle_of_confusion(disparity, focus, radius, 1024)
    low, high = signed_circle_of_confusion(np.array([0.0, 1.0]), focus, radius, 1024)
    behind = random_behind(seed, *SIZE, disparity)
    depth = signed_circle_of_confusion(behind.disparity, focus, radius, 1024)
    values = np.column_stack([behind.colour, depth, behind.confidence]).astype(np.float32)
    known = KnownHidden(behind.begins, behind.x, values)
    bank = kernel_bank(Lens())
    with Crew(2) as crew:
        outlines = find_outlines(crew, light, coc)
        fast, _ = composite(light, coc, outlines, low, high, Room(*SIZE, bank, crew), known)
    slow, _ = plain.composite(light, coc, outlines, low, high, bank, known)
    without, _ = plain.composite(light, coc, outlines, low, high, bank)
    assert np.abs(fast - slow).max() < 1e-4
    assert np.abs(fast - without).max() > 0.05


def test_what_is_known_to_lie_beyond_all_that_is_visible_is_drawn() -> None:
    light = np.full((*SIZE, 3), 0.5, np.float32)
    coc = np.zeros(SIZE, np.float32)
    coc[:, 8:48] = 40
    y, x = np.nonzero(coc)
    begins = np.searchsorted(y, np.arange(SIZE[0] + 1)).astype(np.int32)
    values = np.tile(np.float32([0.2, 0.4, 0.6, -10, 1]), (len(x), 1))
    known = KnownHidden(begins, x.astype(np.int32), values)
    bank = kernel_bank(Lens())
    with Crew(2) as crew:
        outlines = find_outlines(crew, light, np.zeros(SIZE, np.float32))
        fast, _ = composite(light, coc, outlines, -10, 40, Room(*SIZE, bank, crew), known)
        slow, _ = plain.composite(light, coc, outlines, -10, 40, bank, known)
    assert np.abs(fast - slow).max() < 1e-4
    # far enough from the edges of what is known
    assert fast[:, 22:34, 3].min() > 0.999


def test_what_is_hidden_is_blurred_by_the_focus_of_its_own_place() -> None:
    shot, lens = shot_of(4), Lens(field_curvature=0.3)
    surface = surface_of_frame(shot, 0, lens, colour_focuses(lens)[0])
    behind = shot.scene.hidden[0]
    found = known_hidden(shot, 0, surface).values[:, 3]
    for sample in (0, len(behind.x) // 2, len(behind.x) - 1):
        y = int(np.searchsorted(behind.begins, sample, side="right")) - 1
        whole = surface.circle_of_confusion(np.full(SIZE, behind.disparity[sample], np.float32))
        assert found[sample] == whole[y, behind.x[sample]]
    assert np.abs(found - signed_circle_of_confusion(behind.disparity, 0.4, 300, SIZE[1])).max() > 1


def test_a_shot_that_knows_nothing_is_as_one_without() -> None:
    shot = shot_of(5, hidden=False)
    empty = replace(shot, scene=replace(shot.scene, hidden=(None,)))
    np.testing.assert_array_equal(LayeredRenderer().render(empty), LayeredRenderer().render(shot))


def test_what_is_known_shows_through_a_blurred_bar() -> None:
    height, width = 41, 61
    frame = np.full((1, 3, height, width), 0.5, np.float32)
    disparity = np.full((1, height, width), 0.3, np.float32)
    bar = slice(28, 33)
    frame[..., bar], disparity[..., bar] = 0.2, 0.9
    begins = (np.arange(height + 1) * 5).astype(np.int32)
    count = 5 * height
    colour = np.tile(np.float32([[1, 0, 0]]), (count, 1))
    behind = Behind(
        begins,
        np.tile(np.arange(28, 33, dtype=np.int32), height),
        colour,
        np.full(count, 0.3, np.float32),
        np.ones(count, np.float32),
    )
    shot = Shot(frame, Scene(disparity, hidden=(behind,)), 0.3, 300)
    red, green, _ = LayeredRenderer().render(shot)[0, :, 20, 30]
    assert red > 0.6
    assert green < 0.3
    unsure = replace(behind, confidence=np.zeros(count, np.float32))
    faded = replace(shot, scene=replace(shot.scene, hidden=(unsure,)))
    none = replace(shot, scene=Scene(disparity))
    np.testing.assert_allclose(LayeredRenderer().render(faded), LayeredRenderer().render(none), atol=1e-6)


def test_one_entry_a_frame_is_needed() -> None:
    with pytest.raises(InputError, match="hidden has 2 entries: expected 1"):
        Shot(np.zeros((1, 3, 4, 4)), Scene(np.zeros((1, 4, 4)), hidden=(None, None)), 0, 1)
