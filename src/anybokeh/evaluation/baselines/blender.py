"""The Defocus node of Blender's compositor, run in Blender itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from anybokeh.errors import InputError

_SCRIPT = Path(__file__).with_name("blender_defocus.py")
_PATIENCE = 600


def blender_defocus(light: np.ndarray, coc: np.ndarray) -> np.ndarray:
    """Blur by Blender's Defocus node, given the exact radius of every pixel.

    The node gathers over the smaller of two pixels' discs, in linear light, with full quality and a round
    aperture. The border is repeated as far as the largest radius. Blender is started once a frame.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels; the node knows no sides.

    Raises:
        InputError: if Blender is not installed, or fails.
    """
    program = find_blender()
    margin = int(np.ceil(np.abs(coc).max())) + 1
    edges = ((margin, margin), (margin, margin))
    radius = np.pad(np.abs(coc).astype(np.float32), edges, mode="edge")
    colour = np.ones((*radius.shape, 4), np.float32)
    colour[..., :3] = np.pad(light, (*edges, (0, 0)), mode="edge")
    with TemporaryDirectory(prefix="anybokeh-") as name:
        folder = Path(name)
        # Blender counts rows from below.
        colour[::-1].tofile(folder / "colour.raw")
        np.repeat(radius[::-1, :, None], 4, axis=2).tofile(folder / "radius.raw")
        size = {"width": radius.shape[1], "height": radius.shape[0], "largest": float(radius.max())}
        (folder / "size.json").write_text(json.dumps(size))
        _run(program, folder)
        result = np.fromfile(folder / "result.raw", np.float32).reshape(colour.shape)[::-1]
    inside = slice(margin, -margin)
    return np.ascontiguousarray(result[inside, inside, :3])


def find_blender() -> str:
    """Path of the program.

    Raises:
        InputError: if it is not on PATH.
    """
    program = shutil.which("blender")
    if program is None:
        raise InputError(
            "blender is not on PATH: to compare with its Defocus node install it, on Debian by "
            "`apt-get install --no-install-recommends blender`"
        )
    return program


def _run(program: str, folder: Path) -> None:
    arguments = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", str(_SCRIPT)]
    try:
        done = subprocess.run(
            [program, *arguments, "--", str(folder)],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"{program} cannot be run: {str(error).splitlines()[0]}") from error
    if done.returncode != 0 or not (folder / "result.raw").exists():
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        message = lines[-1] if lines else "nothing"
        raise InputError(
            f"{program} failed (status {done.returncode}), saying: {message}; "
            "version 3 or 4.0 to 4.4 with the compositor's Defocus node is expected"
        )
