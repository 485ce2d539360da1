"""Refocus with anybokeh: an add-on for Blender that renders all in focus, and blurs as the camera would.

It renders the scene's frames without depth of field into multilayer EXR images with depth, writes focus and
aperture of the camera as keyframes, and calls `anybokeh render`. Install this file under Edit, Preferences,
Add-ons; then Render, Refocus with anybokeh.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import bpy
except ImportError:  # outside of Blender, where what follows can still be tested
    bpy = None

bl_info = {
    "name": "Refocus with anybokeh",
    "blender": (3, 4, 0),
    "version": (0, 1, 0),
    "category": "Render",
    "location": "Render menu",
    "description": "Depth of field of the camera, applied by anybokeh to frames rendered all in focus",
}

PROGRAM = "anybokeh"


class Failure(Exception):
    """Something that the user can mend, in one line."""


@dataclass(frozen=True)
class Camera:
    """The camera at one frame: metres to what is in focus, f-number, millimetres of lens and sensor.

    sensor: millimetres that the longer side of the picture covers.

    Blender's camera sees as much however near it is focused, where a lens is moved away from its sensor and
    sees less: its discs are smaller by 1 - focal length / distance.
    """

    distance: float
    f_number: float
    focal_length: float
    sensor: float

    @property
    def f_number_of_lens(self) -> float:
        """Of a lens that makes discs as large as this camera."""
        return self.f_number / (1 - self.focal_length / 1000 / self.distance)


def sensor_of_longer_side(
    fit: str, sensor_width: float, sensor_height: float, width: float, height: float
) -> float:
    """Millimetres of the sensor that the longer side of a picture covers, by Blender's sensor fit."""
    if fit == "AUTO":
        return sensor_width
    covered, side = (sensor_height, height) if fit == "VERTICAL" else (sensor_width, width)
    return covered * max(width, height) / side


def track_of(cameras: Iterable[Camera]) -> str:
    """A track file with a keyframe for each frame at which distance or f-number change."""
    keyframes: list[dict[str, Any]] = []
    held: dict[str, float] = {}
    last = -1
    for frame, camera in enumerate(cameras):
        values = {"distance": round(camera.distance, 6), "f_number": round(camera.f_number_of_lens, 4)}
        if values != held:
            if keyframes and last < frame - 1:
                # it stays as it is until the frame before
                keyframes.append({"frame": frame - 1, **held})
            keyframes.append({"frame": frame, **values})
            held, last = values, frame
    return json.dumps({"version": 1, "keyframes": keyframes}, indent=1) + "\n"


def words_of(
    program: str, frames: Path, track: Path, output: Path, camera: Camera, layer: str, rate: float
) -> list[str]:
    """The command line that refocuses the frames."""
    return [
        *(program, "render", str(frames), "-o", str(output), "--overwrite"),
        *("--disparity", str(frames), "--depth-map", "metric", "--depth-channel", f"{layer}.Depth.Z"),
        *("--track", str(track), "--fps", f"{rate:g}"),
        *("--focal-length", f"{camera.focal_length:g}", "--sensor-width", f"{camera.sensor:g}"),
    ]


def run(words: list[str]) -> None:
    """Run the program; raises Failure with what it says."""
    if shutil.which(words[0]) is None:
        raise Failure(
            f"{words[0]} is not found: install anybokeh, or give the path in the add-on's preferences"
        )
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise Failure(said[-1] if said else f"anybokeh ended with status {done.returncode}")


def camera_of(scene: Any) -> Camera:
    """The scene's camera at its current frame; raises Failure."""
    owner = scene.camera
    if owner is None:
        raise Failure("the scene has no camera: add one")
    data = owner.data
    if data.type != "PERSP":
        raise Failure(
            f"the camera is {data.type.lower()}: expected a perspective one, as only these have a lens"
        )
    if abs(scene.unit_settings.scale_length - 1) > 1e-6:
        raise Failure(
            f"the unit scale is {scene.unit_settings.scale_length:g}: expected 1, so that depth is in metres"
        )
    render, depth_of_field = scene.render, data.dof
    distance = depth_of_field.focus_distance
    if depth_of_field.focus_object is not None:
        # along the line of sight, as the depth of a picture is
        seen = owner.matrix_world.inverted() @ depth_of_field.focus_object.matrix_world.translation
        distance = -seen.z
    if distance <= data.lens / 1000:
        raise Failure(
            f"the focus is {distance:g} m away: expected more than the focal length of {data.lens:g} mm"
        )
    width = render.resolution_x * render.pixel_aspect_x
    height = render.resolution_y * render.pixel_aspect_y
    sensor = sensor_of_longer_side(data.sensor_fit, data.sensor_width, data.sensor_height, width, height)
    return Camera(distance, depth_of_field.aperture_fstop, data.lens, sensor)


def render_sharp(scene: Any, layer: Any, folder: Path) -> list[Camera]:
    """Render the scene's frames without depth of field and with depth; the camera at each of them.

    Settings of the scene are as before afterwards.
    """
    render, images = scene.render, scene.render.image_settings
    blur = scene.camera.data.dof
    kept = [
        (owner, name, getattr(owner, name))
        for owner, name in (
            (render, "filepath"),
            (render, "use_file_extension"),
            (images, "media_type"),
            (images, "file_format"),
            (images, "color_depth"),
            (layer, "use_pass_z"),
            (blur, "use_dof"),
        )
        if hasattr(owner, name)
    ]
    current, cameras = scene.frame_current, []
    try:
        if hasattr(images, "media_type"):
            images.media_type = "MULTI_LAYER_IMAGE"
        images.file_format, images.color_depth = "OPEN_EXR_MULTILAYER", "32"
        layer.use_pass_z, blur.use_dof, render.use_file_extension = True, False, True
        for frame in range(scene.frame_start, scene.frame_end + 1):
            scene.frame_set(frame)
            cameras.append(camera_of(scene))
            render.filepath = str(folder / f"{frame:06d}")
            bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError as error:  # what the renderer complains of
        raise Failure(str(error).strip().splitlines()[0]) from error
    finally:
        for owner, name, value in kept:
            setattr(owner, name, value)
        scene.frame_set(current)
    return cameras


def refocus(scene: Any, layer: Any, folder: Path, program: str) -> Path:
    """Render and refocus the scene's frames into `folder`; returns where the result is; raises Failure."""
    camera_of(scene)
    if scene.render.pixel_aspect_x != scene.render.pixel_aspect_y:
        raise Failure("the pixels are not square: expected equal aspects X and Y")
    sharp, result = folder / "sharp", folder / "refocused"
    shutil.rmtree(sharp, ignore_errors=True)
    sharp.mkdir(parents=True)
    cameras = render_sharp(scene, layer, sharp)
    track = folder / "focus.json"
    track.write_text(track_of(cameras), encoding="utf-8")
    rate = scene.render.fps / scene.render.fps_base
    run(words_of(program, sharp, track, result, cameras[0], layer.name, rate))
    return result


if bpy is not None:

    class Preferences(bpy.types.AddonPreferences):
        """Where the program is."""

        bl_idname = __name__
        program: bpy.props.StringProperty(  # type: ignore[valid-type]
            name="anybokeh", default=PROGRAM, subtype="FILE_PATH", description="The program, or its path"
        )

        def draw(self, context: Any) -> None:
            self.layout.prop(self, "program")

    class Refocus(bpy.types.Operator):
        """Render all frames in focus, and blur them as the camera says, into a folder `refocused`"""

        bl_idname = "render.anybokeh_refocus"
        bl_label = "Refocus with anybokeh"
        directory: bpy.props.StringProperty(  # type: ignore[valid-type]
            name="Folder", subtype="DIR_PATH", description="For the sharp frames, the track and the result"
        )

        def invoke(self, context: Any, event: Any) -> set[str]:
            context.window_manager.fileselect_add(self)
            return {"RUNNING_MODAL"}

        def execute(self, context: Any) -> set[str]:
            addon = context.preferences.addons.get(__name__)
            program = PROGRAM if addon is None else addon.preferences.program
            folder = Path(bpy.path.abspath(self.directory))
            try:
                result = refocus(context.scene, context.view_layer, folder, program)
            except Failure as failure:
                self.report({"ERROR"}, str(failure))
                return {"CANCELLED"}
            self.report({"INFO"}, f"refocused: {result}")
            return {"FINISHED"}

    def _entry(menu: Any, context: Any) -> None:
        menu.layout.operator(Refocus.bl_idname)

    def register() -> None:
        """Called by Blender."""
        bpy.utils.register_class(Preferences)
        bpy.utils.register_class(Refocus)
        bpy.types.TOPBAR_MT_render.append(_entry)

    def unregister() -> None:
        """Called by Blender."""
        bpy.types.TOPBAR_MT_render.remove(_entry)
        bpy.utils.unregister_class(Refocus)
        bpy.utils.unregister_class(Preferences)


if __name__ == "__main__" and bpy is not None:
    register()
