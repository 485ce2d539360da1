"""`anybokeh depth`: maps for use elsewhere."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import tiny
from anybokeh.cli import main
from anybokeh.disparity import open_disparity
from anybokeh.errors import InputError
from anybokeh.job.depth import write_depth
from anybokeh.settings import RenderSettings
from clip import make

FRAMES = 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make.video(tmp_path_factory.mktemp("clip") / "a.mp4", tiny.pictures(FRAMES), audio=("eng",))


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.maps(tmp_path_factory.mktemp("maps") / "maps", tiny.disparity(FRAMES))


def test_sixteen_bit_images_come_back_as_they_were(clip: Path, maps: Path, tmp_path: Path) -> None:
    settings = RenderSettings(disparity=maps, steady=False)
    report = write_depth(clip, tmp_path / "out", settings)
    assert report.frames == FRAMES
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [f"{index:05d}.png" for index in range(FRAMES)]
    image = cv2.imread(str(files[0]), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint16 and image.ndim == 2
    written, given = open_disparity(tmp_path / "out"), open_disparity(maps)
    for index in range(FRAMES):
        np.testing.assert_array_equal(written.read(index), given.read(index))


def test_exr(clip: Path, maps: Path, tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    write_depth(clip, tmp_path / "out", RenderSettings(disparity=maps, steady=False), format="exr")
    written, given = open_disparity(tmp_path / "out"), open_disparity(maps)
    np.testing.assert_array_equal(written.read(2), given.read(2))


@pytest.mark.parametrize("as_output", [True, False])
def test_preview(clip: Path, maps: Path, tmp_path: Path, as_output: bool) -> None:
    settings = RenderSettings(disparity=maps, steady=False)
    if as_output:
        write_depth(clip, tmp_path / "p.mp4", settings)
    else:
        write_depth(clip, tmp_path / "out", settings, preview=tmp_path / "p.mp4")
        assert len(list((tmp_path / "out").iterdir())) == FRAMES
    shown = tiny.frames_of(tmp_path / "p.mp4")
    assert len(shown) == FRAMES
    # away from the edge of the block, whose codec noise is strong
    error = np.abs(shown[0][:, :12].astype(float).mean() - 255 * tiny.NEAR)
    assert error < 6


def test_from_a_folder_of_images(maps: Path, tmp_path: Path) -> None:
    frames = tiny.images(tmp_path / "frames", tiny.pictures(FRAMES))
    write_depth(frames, tmp_path / "out", RenderSettings(disparity=maps), preview=tmp_path / "p.mp4")
    assert len(tiny.frames_of(tmp_path / "p.mp4")) == FRAMES


def test_with_a_network(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    pytest.importorskip("transformers")
    from disparity import tiny_networks

    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    model = tiny_networks.save(tmp_path / "model", "depth_anything")
    arguments = ["depth", str(clip), "-o", str(tmp_path / "out"), "--disparity", str(model)]
    assert main([*arguments, "--depth-size", "42"]) == 0
    assert "licence" in capsys.readouterr().err
    written = open_disparity(tmp_path / "out")
    assert written.count == FRAMES and written.size == (tiny.WIDTH, tiny.HEIGHT)
    values = np.stack([written.read(index) for index in range(FRAMES)])
    assert values.min() < 0.05 and values.max() > 0.95


def test_a_render_with_a_network(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    from anybokeh import render_clip
    from disparity import tiny_networks

    monkeypatch.setenv("ANYBOKEH_CACHE", str(tmp_path / "cache"))
    model = tiny_networks.save(tmp_path / "model", "dpt")
    report = render_clip(clip, tmp_path / "o.mp4", disparity=model, focus=0.5)
    assert report.frames == FRAMES and report.disparity == str(model)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "out", "--disparity", "nobody/nothing"], "nobody/nothing"),
        (["-o", "maps", "--disparity", "maps", "--overwrite"], "input"),
        (["-o", "there"], "exists already"),
        (["-o", "p.png"], "folder"),
        (["-o", "out", "--disparity", "maps", "--preview", "previews"], "is a video such as"),
        (["-o", "out", "--format", "jpeg"], "jpeg"),
    ],
)
def test_bad_input(clip: Path, maps: Path, tmp_path: Path, monkeypatch, capsys, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "0.png").write_bytes(b"")
    (tmp_path / "maps").symlink_to(maps)
    before = sorted(tmp_path.iterdir())
    try:
        status = main(["depth", str(clip), *arguments])
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    error = capsys.readouterr().err.strip()
    assert message in error and len(error.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_an_interrupt_leaves_nothing(clip: Path, maps: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_depth(
            clip,
            tmp_path / "out",
            RenderSettings(disparity=maps),
            preview=tmp_path / "p.mp4",
            progress=stop,
        )
    assert list(tmp_path.iterdir()) == []


def test_unknown_formats_are_refused(clip: Path, maps: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="format is 'tiff'"):
        write_depth(clip, tmp_path / "o", RenderSettings(disparity=maps), format="tiff")  # type: ignore[arg-type]
