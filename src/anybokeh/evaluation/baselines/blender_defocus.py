"""Runs inside Blender, see `blender.py`: blur colour.raw by radius.raw with the Defocus node into result.raw.

Pictures are RGBA float32, rows from below, in the folder that is the last argument.
"""

import json
import sys
from array import array
from pathlib import Path

import bpy  # type: ignore[import-not-found]


def main(folder: Path) -> None:
    size = json.loads((folder / "size.json").read_text())
    width, height = size["width"], size["height"]
    scene = bpy.context.scene
    scene.use_nodes = True
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    tree = scene.node_tree
    tree.nodes.clear()
    if hasattr(tree, "render_quality"):
        tree.render_quality = "HIGH"
    colour, radius = (tree.nodes.new("CompositorNodeImage") for _ in range(2))
    colour.image = picture(folder / "colour.raw", width, height)
    radius.image = picture(folder / "radius.raw", width, height)
    defocus = tree.nodes.new("CompositorNodeDefocus")
    defocus.use_zbuffer = False
    defocus.z_scale = 1.0
    defocus.bokeh = "CIRCLE"
    defocus.threshold = 0.0
    defocus.blur_max = size["largest"]
    defocus.use_gamma_correction = False
    defocus.use_preview = False
    out = tree.nodes.new("CompositorNodeComposite")
    tree.links.new(colour.outputs["Image"], defocus.inputs["Image"])
    tree.links.new(radius.outputs["Image"], defocus.inputs["Z"])
    tree.links.new(defocus.outputs["Image"], out.inputs["Image"])
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
    scene.render.filepath = str(folder / "result.exr")
    bpy.ops.render.render(write_still=True)
    result = bpy.data.images.load(str(folder / "result.exr"))
    result.colorspace_settings.name = "Non-Color"
    pixels = array("f", bytes(4 * 4 * width * height))
    result.pixels.foreach_get(pixels)
    with (folder / "result.raw").open("wb") as file:
        pixels.tofile(file)


def picture(path: Path, width: int, height: int):
    image = bpy.data.images.new(path.stem, width, height, alpha=True, float_buffer=True, is_data=True)
    pixels = array("f")
    pixels.frombytes(path.read_bytes())
    image.pixels.foreach_set(pixels)
    image.update()
    return image


main(Path(sys.argv[-1]))
