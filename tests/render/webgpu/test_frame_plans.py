"""Plans that are replayed elsewhere draw what the renderer of the processor draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.optics.frame_focus import FrameFocus
from anybokeh.render import LayeredRenderer, Shot
from anybokeh.render.webgpu.device import Device, Work
from anybokeh.render.webgpu.frame_plans import FramePlans
from anybokeh.render.webgpu.frame_scene import FrameScene
from anybokeh.render.webgpu.passes import FramePasses
from anybokeh.render.webgpu.recording import Check, Clear, Plan, Run
from anybokeh.render.webgpu.renderer import WebGpuRenderer
from anybokeh.render.webgpu.shaders import shader

from ..test_known_hidden import random_behind
from .test_renderer import ALLOWED, shot_of

PLAIN = Lens()


class Replay:
    """What a page does with plans, on a device here."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.buffers: dict = {}
        self.checked: list[int] = []

    def give(self, values) -> None:
        for name, one in values.items():
            data = np.frombuffer(one.tobytes().ljust(16, b"\0"), np.uint8)
            data = np.pad(data, (0, -len(data) % 4))
            self.buffers[name] = self.device.own(name, data)

    def run(self, plan: Plan) -> None:
        for name, size in plan.sizes.items():
            if name not in self.buffers or self.buffers[name].size < size:
                self.buffers[name] = self.device.room(f"replayed {name}", size)
        work = self.device.work()
        checks = []
        for step in plan.steps:
            if isinstance(step, Run):
                bound = [
                    self.device.uniform(one) if isinstance(one, bytes) else self.buffers[one]
                    for one in step.buffers
                ]
                work.run(
                    step.shader, step.groups, dict(zip(shader(step.shader).bindings, bound, strict=True))
                )
            elif isinstance(step, Check):
                checks.append(step)
            else:
                work.clear(self.buffers[step.buffer], step.size)
        work.submit()
        self.checked = [
            int(self.device.read(self.buffers[one.buffer], np.uint32, one.word + 1)[one.word])
            for one in checks
        ]

    def picture(self, height: int, width: int) -> np.ndarray:
        count = 3 * height * width
        return self.device.read(self.buffers["finished"], np.float32, count).reshape(3, height, width)


def focus_of(shot: Shot) -> FrameFocus:
    return FrameFocus(float(shot.focus[0]), float(shot.blur[0]), float(shot.range[0]))


def eight_bits(shot: Shot) -> Shot:
    return replace(shot, frames=(np.rint(shot.frames * 255) / np.float32(255)).astype(np.float32))


def replayed(shot: Shot, lens: Lens, device: Device, begun: FrameFocus | None = None) -> np.ndarray:
    """The first frame as a page draws it; begun: the focus at which outlines were found."""
    height, width = shot.frames.shape[2:]
    scene = FrameScene.of(shot, 0, lens)
    plans = FramePlans(lens, (height, width), shot.display_width, shot.transfer)
    replay = Replay(device)
    focus = focus_of(shot)
    for values in (plans.kernels, scene.buffers(), scene.outlines(begun or focus)):
        replay.give(values)
    replay.run(plans.unpacking())
    for room in (1, 2, 4):
        replay.run(plans.plan(scene, focus, room))
        if not any(replay.checked):
            return replay.picture(height, width)
    raise AssertionError("there is never enough room")


LENSES = [
    (PLAIN, {"focus": 0.9, "blur": 400, "range": 0.03}),
    (Lens(blades=6, rotation=15, roundness=0.3), {"focus": 0.1, "blur": 250, "transfer": "pq"}),
    (Lens(axial_colour=0.05, field_curvature=0.2, spherical=0.6), {"focus": 0.5, "blur": 150}),
    (Lens(highlight_strength=8, highlight_threshold=0.7), {"focus": 0.3, "blur": 200}),
    (PLAIN, {"focus": 0.3, "blur": 300, "scene": {"soft": True}}),
    (PLAIN, {"focus": 0.3, "blur": 0}),
]


@pytest.mark.parametrize(("lens", "settings"), LENSES)
def test_a_plan_draws_what_the_renderer_draws(lens: Lens, settings: dict, device: Device) -> None:
    shot = eight_bits(shot_of(11, 45, 61, **settings))
    expected = LayeredRenderer(lens).render(shot)[0]
    difference = np.abs(replayed(shot, lens, device) - expected)
    # light has half the bits
    assert difference.max() < 5 * ALLOWED[0]
    assert difference.mean() < 2e-4


def test_known_surfaces_and_both_sides_of_a_sharp_range(device: Device) -> None:
    shot = eight_bits(shot_of(4, 40, 56, focus=0.4, blur=300, range=0.1))
    behind = random_behind(4, 40, 56, shot.disparity[0])
    shot = replace(shot, scene=replace(shot.scene, hidden=(behind,)))
    for lens in (PLAIN, Lens(field_curvature=0.3, axial_colour=0.05)):
        expected = LayeredRenderer(lens).render(shot)[0]
        difference = np.abs(replayed(shot, lens, device) - expected)
        assert difference.mean() < 2e-4


def test_outlines_of_a_focus_nearby_serve_as_well(device: Device) -> None:
    shot = eight_bits(shot_of(5, 40, 56, focus=0.5, blur=300, range=0.1))
    expected = LayeredRenderer().render(shot)[0]
    error = [
        np.abs(replayed(shot, PLAIN, device, FrameFocus(*begun)) - expected).mean()
        for begun in ((0.5, 300, 0.1), (0.45, 300, 0.05), (0.5, 0, 0))
    ]
    # without any outlines it is worse than with those of another focus
    assert error[0] < 2e-4
    assert error[1] < 0.5 * error[2]


def test_a_plan_is_what_the_renderer_runs(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple] = []
    run, clear, uniform = Work.run, Work.clear, Device.uniform
    contents: dict[int, bytes] = {}

    def noted_uniform(self: Device, values: bytes):
        buffer = uniform(self, values)
        contents[id(buffer)] = values
        return buffer

    def noted_run(self: Work, name: str, groups: tuple[int, int, int], buffers) -> None:
        bound = [buffers[binding] for binding in shader(name).bindings]
        ran.append((name, groups, [contents[id(one)] for one in bound if id(one) in contents]))
        run(self, name, groups, buffers)

    def noted_clear(self: Work, buffer, size: int) -> None:
        ran.append(("clear", size))
        clear(self, buffer, size)

    lens = Lens(axial_colour=0.05)
    shot = shot_of(6, 120, 200, focus=0.4, blur=400)
    device._uniforms.clear()
    monkeypatch.setattr(Device, "uniform", noted_uniform)
    monkeypatch.setattr(Work, "run", noted_run)
    monkeypatch.setattr(Work, "clear", noted_clear)
    WebGpuRenderer(lens, device=device).render(shot)
    plans = FramePlans(lens, (120, 200), 200, shot.transfer)
    # the picture's own uniform has a mark that is another each time
    planned = [
        (step.shader, step.groups, [one for one in step.buffers[1:] if isinstance(one, bytes)])
        if isinstance(step, Run)
        else ("clear", step.size)
        for step in plans.plan(FrameScene.of(shot, 0, lens), focus_of(shot)).steps
        if not isinstance(step, Check) and not (isinstance(step, Run) and step.shader == "defocus")
    ]
    assert len(planned) > 60
    assert planned == ran


def test_a_plan_says_where_room_was_too_little(device: Device) -> None:
    shot = eight_bits(shot_of(11, 45, 61, focus=0.9, blur=400))
    plans = FramePlans(PLAIN, (45, 61), 61, "srgb")
    checks = [
        step
        for step in plans.plan(FrameScene.of(shot, 0, PLAIN), focus_of(shot)).steps
        if isinstance(step, Check)
    ]
    assert {"index of points"} < {one.buffer for one in checks}


def test_a_plan_as_json_names_what_it_binds() -> None:
    plan = Plan(
        {"a": 16}, (Run("spread", (1, 2, 3), (b"\x01\x02", b"\x03", "a", "b")), Clear("a", 8), Check("b", 1))
    )
    assert plan.to_json() == {
        "sizes": {"a": 16},
        "names": ["a", "b"],
        "uniforms": ["0102", "03"],
        "steps": [["spread", 1, 2, 3, 2, 3, 0, 1], ["clear", 0, 8], ["check", 1, 1]],
    }


def test_pictures_that_devices_need_not_have_room_for_have_no_plan() -> None:
    with pytest.raises(MemoryError, match="result takes 160000000 bytes"):
        FramePlans(PLAIN, (1000, 10000), 10000, "srgb")


def test_what_a_plan_that_failed_has_left_is_not_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    shot = eight_bits(shot_of(11, 45, 61, focus=0.9, blur=400))
    scene = FrameScene.of(shot, 0, PLAIN)

    # marks of pictures count up, so what is run is compared without uniforms
    def ran(plan: Plan) -> list:
        return [step.shader if isinstance(step, Run) else step for step in plan.steps]

    plans = FramePlans(PLAIN, (45, 61), 61, "srgb")
    unpacking, plan = ran(plans.unpacking()), ran(plans.plan(scene, focus_of(shot)))
    for make, expected in ((plans.unpacking, unpacking), (lambda: plans.plan(scene, focus_of(shot)), plan)):
        with monkeypatch.context() as patch, pytest.raises(MemoryError):
            patch.setattr(FramePasses, "finish", short_of_memory)
            plans.plan(scene, focus_of(shot))
        assert ran(make()) == expected


def short_of_memory(*given: object) -> None:
    raise MemoryError("no room")
