"""Runs inside Blender, see `benchmarks/blender.py`: makes the scene, renders it, and blurs it by two ways.

The last argument is a JSON file: `job` in `benchmarks/blender.py`.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from typing import Any

import bpy  # type: ignore[import-not-found]

AMBIENT = 0.3
"""Share of its colour by which everything glows in the shade."""


def main(job: dict[str, Any]) -> None:
    folder = Path(job["folder"])
    scene = make(job)
    scene.cycles.samples = job["sharp_samples"]
    module(Path(job["addon"])).refocus(scene, bpy.context.view_layer, folder, job["program"])
    scene.cycles.samples = job["samples"] // 2
    for seed, half in enumerate(("truth", "again"), 1):
        scene.cycles.seed = seed
        for frame in range(job["frames"]):
            still(scene, frame, folder / half)
    compositor(scene, job, folder)


def module(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    found = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = found
    spec.loader.exec_module(found)
    return found


def make(job: dict[str, Any]) -> Any:
    """Things at 1.1 to 12 m, a ball that moves across, and a focus and an f-number that change."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    render.threads_mode, render.threads = "FIXED", job["threads"]
    render.resolution_x, render.resolution_y = job["size"]
    render.resolution_percentage = 100
    render.fps = 24
    scene.frame_start, scene.frame_end = 0, job["frames"] - 1
    scene.view_settings.view_transform = "Standard"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_denoising = cycles.use_adaptive_sampling = False
    # light comes straight from a sun that is a point, so that all noise is of the lens
    cycles.max_bounces = 0
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.35, 0.5, 0.8, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.6
    world.cycles_visibility.diffuse = False
    scene.world = world
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.angle = 2.5, 0.0
    placed(scene, "sun", sun).rotation_euler = (math.radians(40), 0, math.radians(30))

    bpy.ops.mesh.primitive_plane_add(size=40, location=(0, 15, -0.5))
    dress(checkered(3.0, (0.55, 0.45, 0.35), (0.25, 0.3, 0.25)))
    bpy.ops.mesh.primitive_cube_add(size=1, location=(-1.2, 9, 0.9), scale=(4.2, 0.2, 2.8))
    dress(spotted(4.0, (0.7, 0.25, 0.15), (0.9, 0.8, 0.6)))
    bpy.ops.mesh.primitive_cube_add(size=0.8, location=(0.9, 4.2, -0.1), rotation=(0, 0, 0.5))
    dress(checkered(8.0, (0.9, 0.85, 0.2), (0.15, 0.2, 0.6)))
    bpy.ops.mesh.primitive_monkey_add(size=0.7, location=(-0.15, 2.6, -0.05), rotation=(0, 0, 0))
    bpy.ops.object.shade_smooth()
    dress(spotted(9.0, (0.2, 0.55, 0.3), (0.6, 0.8, 0.4)))
    for number in range(7):  # a fence of thin bars
        bpy.ops.mesh.primitive_cylinder_add(
            radius=0.008, depth=1.2, location=(0.32 + 0.11 * number, 1.9, -0.05)
        )
        dress(plain(0.08, 0.06, 0.05))
    for place in ((-1.9, 7.5, 0.2), (1.6, 7.0, 0.9), (2.4, 12.0, 1.2), (0.5, 6.5, 0.75)):
        bpy.ops.mesh.primitive_uv_sphere_add(radius=0.03, location=place)
        dress(shining(25.0))
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.13, location=(0, 0, 0), segments=48, ring_count=24)
    bpy.ops.object.shade_smooth()
    dress(checkered(6.0, (0.85, 0.3, 0.3), (0.95, 0.9, 0.85)))
    ball, last = bpy.context.object, max(1, job["frames"] - 1)
    for frame, x in ((0, -0.5), (last, 0.25)):  # a ball that crosses near the camera
        ball.location = (x, 1.15, -0.12)
        ball.keyframe_insert("location", frame=frame)

    camera = bpy.data.cameras.new("camera")
    camera.lens, camera.sensor_width = 40, job["sensor"]
    owner = placed(scene, "camera", camera)
    owner.rotation_euler = (math.pi / 2, 0, 0)
    scene.camera = owner
    lens = camera.dof
    lens.use_dof, lens.aperture_blades = True, 0
    third = last / 3
    for frame, distance, f_number in (
        (0, 2.6, 0.7), (third, 2.6, 0.7), (2 * third, 1.15, 1.0), (last, 4.2, 0.6),
    ):  # fmt: skip
        lens.focus_distance, lens.aperture_fstop = distance, f_number
        lens.keyframe_insert("focus_distance", frame=frame)
        lens.keyframe_insert("aperture_fstop", frame=frame)
    return scene


def placed(scene: Any, name: str, data: Any) -> Any:
    owner = bpy.data.objects.new(name, data)
    scene.collection.objects.link(owner)
    return owner


def dress(material: Any) -> None:
    bpy.context.object.data.materials.append(material)


def material(name: str) -> tuple[Any, Any]:
    """A matt surface and the node of its colour, whose outputs and inputs are `Color`."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    colour, matt, glow, both, out = (
        tree.nodes.new(f"ShaderNode{kind}")
        for kind in ("Gamma", "BsdfDiffuse", "Emission", "AddShader", "OutputMaterial")
    )
    glow.inputs["Strength"].default_value = AMBIENT
    for number, shader in enumerate((matt, glow)):
        tree.links.new(colour.outputs["Color"], shader.inputs["Color"])
        tree.links.new(shader.outputs[0], both.inputs[number])
    tree.links.new(both.outputs[0], out.inputs["Surface"])
    return made, colour.inputs["Color"]


def plain(*colour: float) -> Any:
    made, target = material("plain")
    target.default_value = (*colour, 1)
    return made


def shining(strength: float) -> Any:
    made, target = material("shining")
    target.default_value = (strength, 0.8 * strength, 0.45 * strength, 1)
    return made


def checkered(scale: float, *colours: tuple[float, ...]) -> Any:
    made, target = material("checkered")
    tree = made.node_tree
    checks, place = tree.nodes.new("ShaderNodeTexChecker"), tree.nodes.new("ShaderNodeTexCoord")
    checks.inputs["Scale"].default_value = scale
    for number, colour in enumerate(colours, 1):
        checks.inputs[f"Color{number}"].default_value = (*colour, 1)
    # no face may lie where two squares meet
    shift = tree.nodes.new("ShaderNodeVectorMath")
    shift.inputs[1].default_value = (0.0137, 0.0171, 0.0113)
    tree.links.new(place.outputs["Object"], shift.inputs[0])
    tree.links.new(shift.outputs[0], checks.inputs["Vector"])
    tree.links.new(checks.outputs["Color"], target)
    return made


def spotted(scale: float, *colours: tuple[float, ...]) -> Any:
    made, target = material("spotted")
    tree = made.node_tree
    noise, ramp = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeValToRGB")
    place = tree.nodes.new("ShaderNodeTexCoord")
    noise.inputs["Scale"].default_value = scale
    for end, colour, position in zip(ramp.color_ramp.elements, colours, (0.42, 0.58), strict=True):
        end.color, end.position = (*colour, 1), position
    tree.links.new(place.outputs["Object"], noise.inputs["Vector"])
    tree.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], target)
    return made


def still(scene: Any, frame: int, folder: Path) -> None:
    """Render a frame, unless it is there."""
    file = folder / f"{frame:06d}.exr"
    if file.exists():
        return
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGB", "32"
    scene.frame_set(frame)
    scene.render.filepath = str(file.with_suffix(""))
    bpy.ops.render.render(write_still=True)


def compositor(scene: Any, job: dict[str, Any], folder: Path) -> None:
    """The sharp frames through the Defocus node, with each of its settings, into folders of their names."""
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    tree.render_quality = "HIGH"
    sharp, defocus = tree.nodes.new("CompositorNodeImage"), tree.nodes.new("CompositorNodeDefocus")
    out = tree.nodes.new("CompositorNodeComposite")
    defocus.scene = scene
    defocus.use_zbuffer, defocus.use_preview, defocus.bokeh = True, False, "CIRCLE"
    tree.links.new(defocus.outputs["Image"], out.inputs["Image"])
    for name, settings in job["nodes"].items():
        for key in ("threshold", "use_gamma_correction", "blur_max"):
            setattr(defocus, key, settings[key])
        for frame in range(job["frames"]):
            sharp.image = bpy.data.images.load(str(folder / "sharp" / f"{frame:06d}.exr"))
            tree.links.new(sharp.outputs["Combined"], defocus.inputs["Image"])
            tree.links.new(sharp.outputs["Depth"], defocus.inputs["Z"])
            scene.frame_set(frame)
            defocus.f_stop = scene.camera.data.dof.aperture_fstop * settings["factor"]
            still(scene, frame, folder / name)
            bpy.data.images.remove(sharp.image)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8")))
