"""The add-on for Blender: what of it needs no Blender, and a whole scene where Blender is installed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anybokeh.clip import open_clip
from anybokeh.focus import read_keyframes

FILE = Path(__file__).resolve().parents[2] / "integrations" / "blender_addon.py"


@pytest.fixture(scope="module")
def addon() -> ModuleType:
    spec = importlib.util.spec_from_file_location("blender_addon", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("fit", "size", "expected"),
    [
        ("AUTO", (1920, 1080), 36),
        ("AUTO", (1080, 1920), 36),
        ("HORIZONTAL", (1920, 1080), 36),
        ("HORIZONTAL", (1080, 1920), 64),
        ("VERTICAL", (1920, 1080), 24 * 16 / 9),
        ("VERTICAL", (1080, 1920), 24),
    ],
)
def test_the_sensor_of_the_longer_side(
    addon: ModuleType, fit: str, size: tuple[int, int], expected: float
) -> None:
    assert addon.sensor_of_longer_side(fit, 36, 24, *size) == pytest.approx(expected)


def test_a_camera_at_rest_is_one_keyframe_and_one_that_moves_is_as_it_was(
    addon: ModuleType, tmp_path: Path
) -> None:
    def track(distances: list[float]) -> list[tuple[int | None, float | None]]:
        cameras = [addon.Camera(one, 2.8, 50, 36) for one in distances]
        (tmp_path / "t.json").write_text(addon.track_of(cameras))
        content = json.loads((tmp_path / "t.json").read_text())["keyframes"]
        read_keyframes(tmp_path / "t.json")
        return [(one["frame"], one["distance"]) for one in content]

    assert track([3.0] * 5) == [(0, 3.0)]
    assert track([3, 3, 3, 4, 5, 5]) == [(0, 3), (2, 3), (3, 4), (4, 5)]


def test_discs_are_those_of_a_camera_whose_field_of_view_stays(addon: ModuleType) -> None:
    from anybokeh.optics.thin_lens import blur_at_f1

    camera = addon.Camera(distance=0.5, f_number=2.0, focal_length=50.0, sensor=36.0)
    blur = blur_at_f1(50.0, 36.0, 1 / 0.5, 1.0) / camera.f_number_of_lens
    # a ray through the rim of the aperture crosses the focal plane where the one through its middle does
    rim = 0.05 / 2 / 2
    assert blur == pytest.approx(rim * 50.0 / 36 * 1024)


def scene(**changes: Any) -> Any:
    """As Blender shows one."""
    dof = SimpleNamespace(focus_distance=3.0, focus_object=None, aperture_fstop=2.0)
    data = SimpleNamespace(
        type="PERSP", dof=dof, lens=50.0, sensor_fit="AUTO", sensor_width=36.0, sensor_height=24.0
    )
    render = SimpleNamespace(
        resolution_x=1920, resolution_y=1080, pixel_aspect_x=1.0, pixel_aspect_y=1.0, fps=24, fps_base=1.0
    )
    values = {
        "camera": SimpleNamespace(data=data),
        "unit_settings": SimpleNamespace(scale_length=1.0),
        "render": render,
    }
    return SimpleNamespace(**values | changes)


def test_the_camera_is_read(addon: ModuleType) -> None:
    assert addon.camera_of(scene()) == addon.Camera(3.0, 2.0, 50.0, 36.0)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"camera": None}, "no camera"),
        ({"camera": SimpleNamespace(data=SimpleNamespace(type="ORTHO"))}, "the camera is ortho"),
        (
            {
                "camera": SimpleNamespace(
                    data=SimpleNamespace(
                        type="PERSP", lens=50.0, dof=SimpleNamespace(focus_distance=0.05, focus_object=None)
                    )
                )
            },
            "the focus is 0.05 m away",
        ),
        ({"unit_settings": SimpleNamespace(scale_length=0.01)}, "the unit scale is 0.01"),
    ],
)
def test_scenes_that_do_not_fit_are_refused_in_one_line(
    addon: ModuleType, changes: dict[str, Any], part: str
) -> None:
    with pytest.raises(addon.Failure, match=part) as error:
        addon.camera_of(scene(**changes))
    assert "\n" not in str(error.value)


def test_what_the_program_says_comes_out(addon: ModuleType, tmp_path: Path) -> None:
    program = tmp_path / "anybokeh"
    program.write_text("#!/bin/sh\necho note >&2\necho 'maps: no such folder' >&2\nexit 2\n")
    program.chmod(0o755)
    with pytest.raises(addon.Failure, match=r"^maps: no such folder$"):
        addon.run([str(program), "render"])
    with pytest.raises(addon.Failure, match="is not found: install anybokeh"):
        addon.run([str(tmp_path / "nothing")])


def test_the_command_line_is_understood(addon: ModuleType, tmp_path: Path) -> None:
    from anybokeh.cli import main

    words = addon.words_of(
        "anybokeh",
        tmp_path / "sharp",
        tmp_path / "t.json",
        tmp_path / "out",
        addon.Camera(3, 2, 50, 36),
        "ViewLayer",
        24,
    )
    with pytest.raises(SystemExit):
        main([*words[1:], "--surely-unknown"])


_SCENE = """
import importlib.util, math, sys
from pathlib import Path
import bpy

spec = importlib.util.spec_from_file_location("blender_addon", {file!r})
addon = importlib.util.module_from_spec(spec)
sys.modules["blender_addon"] = addon
spec.loader.exec_module(addon)
addon.register()
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 1
scene.cycles.use_denoising = False
scene.cycles.device = "CPU"
scene.render.resolution_x, scene.render.resolution_y = 96, 64
scene.render.resolution_percentage = 100
scene.frame_start, scene.frame_end = 1, 3
for distance, x in ((2.0, -0.4), (6.0, 1.0)):
    bpy.ops.mesh.primitive_cube_add(size=1, location=(x, distance + 0.5, 0))
camera = bpy.data.cameras.new("camera")
owner = bpy.data.objects.new("camera", camera)
owner.rotation_euler = (math.pi / 2, 0, 0)
scene.collection.objects.link(owner)
scene.camera = owner
camera.dof.use_dof = True
camera.dof.focus_distance = 2.0
camera.dof.aperture_fstop = 0.5
scene.world = bpy.data.worlds.new("world")
addon.refocus(scene, bpy.context.view_layer, Path({folder!r}), {program!r})
assert camera.dof.use_dof and scene.render.image_settings.file_format == "PNG"
addon.unregister()
"""


@pytest.mark.slow
def test_a_scene_is_rendered_and_refocused(tmp_path: Path) -> None:
    blender = shutil.which("blender")
    if blender is None:
        pytest.skip("Blender is not installed")
    pytest.importorskip("OpenEXR")
    program = tmp_path / "anybokeh"
    command = "import sys; from anybokeh.cli import main; sys.exit(main())"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{command}' \"$@\"\n")
    program.chmod(0o755)
    script = tmp_path / "scene.py"
    script.write_text(_SCENE.format(file=str(FILE), folder=str(tmp_path / "out"), program=str(program)))
    done = subprocess.run(
        [blender, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    track = json.loads((tmp_path / "out" / "focus.json").read_text())
    assert track["keyframes"] == [{"frame": 0, "distance": 2.0, "f_number": 0.5128}]
    frames = []
    for folder in ("sharp", "refocused"):
        with open_clip(tmp_path / "out" / folder) as clip:
            frames.append(np.stack([frame.pixels for frame in clip]))
    sharp, refocused = frames
    assert sharp.shape == refocused.shape == (3, 64, 96, 3)
    assert np.abs(sharp - refocused).max() > 0.01
