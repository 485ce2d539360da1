"""The bridge to Blender, with a stand-in for the program, without it, and with it where it is installed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.evaluation.baselines import PROGRAMS, blender_defocus

LIGHT = np.random.default_rng(2).random((20, 30, 3), dtype=np.float32)
COC = np.linspace(-3, 3, 600, dtype=np.float32).reshape(20, 30)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Make `blender` a Python program; its last argument is the folder of the exchange."""
    if os.name != "posix":
        pytest.skip("the stand-in needs a system that runs scripts")
    program = folder / "blender"
    begin = f"#!{sys.executable}\nimport json, sys\nfrom pathlib import Path\nfolder = Path(sys.argv[-1])"
    program.write_text(f"{begin}\n{body}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_without_blender_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for blur in PROGRAMS.values():
        with pytest.raises(InputError, match=r"blender is not on PATH.*apt-get install"):
            blur(LIGHT, COC)


def test_pictures_go_to_the_program_and_come_back_the_same_way_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        tmp_path, monkeypatch, '(folder / "result.raw").write_bytes((folder / "colour.raw").read_bytes())'
    )
    np.testing.assert_array_equal(blender_defocus(LIGHT, COC), LIGHT)


def test_the_program_gets_radii_and_a_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        tmp_path,
        monkeypatch,
        'size = json.loads((folder / "size.json").read_text())\n'
        'assert size == {"width": 38, "height": 28, "largest": 3.0}, size\n'
        '(folder / "result.raw").write_bytes((folder / "radius.raw").read_bytes())',
    )
    np.testing.assert_array_equal(blender_defocus(LIGHT, COC)[..., 0], np.abs(COC))


@pytest.mark.parametrize("body", ['sys.exit("Error: no such node")', 'print("Error: no such node")'])
def test_what_a_failing_program_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    install(tmp_path, monkeypatch, body)
    with pytest.raises(InputError, match="no such node"):
        blender_defocus(LIGHT, COC)


@pytest.mark.skipif(shutil.which("blender") is None, reason="Blender is not installed")
def test_blender_itself_makes_a_disc_where_the_point_was() -> None:
    light = np.full((48, 60, 3), 0.1, np.float32)
    light[18, 25] += 50
    result = blender_defocus(light, np.full((48, 60), 9, np.float32))[..., 0].astype(np.float64) - 0.1
    y, x = np.indices(result.shape)
    weight = result / result.sum()
    assert result.sum() == pytest.approx(50, rel=0.01)
    assert (weight * x).sum() == pytest.approx(25, abs=0.1)
    assert (weight * y).sum() == pytest.approx(18, abs=0.1)
    radius = 2 * np.sqrt((weight * ((x - 25) ** 2 + (y - 18) ** 2)).sum() / 2 - 1 / 12)
    assert radius == pytest.approx(9, rel=0.06)
