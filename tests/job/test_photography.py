"""A photographer's terms: the blur of a thin lens in clips with and without metres."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh import render_clip
from anybokeh.batch.manifest import Folders, read_manifest
from anybokeh.cli import main
from anybokeh.clip import exr, open_clip
from anybokeh.errors import InputError
from anybokeh.job.analysis import Analysis, analyse
from anybokeh.job.tracking import write_track
from anybokeh.optics import circle_of_confusion
from anybokeh.settings import RenderSettings
from clip import make

FRAMES = 4
NEAR, FAR = 1.5, 6.0


def analysed(clip: Path, **options) -> Analysis:
    settings = RenderSettings(**options)
    with open_clip(clip, start=settings.start, end=settings.end) as reader:
        return analyse(reader, settings)


def circle(metres: float, focus: float, f_number: float, focal_length: float) -> float:
    """Diameter in millimetres on the sensor, by the textbook."""
    f, s = focal_length / 1000, focus
    apart = 1.0 if math.isinf(metres) else abs(metres - s) / metres
    return 1000 * f * f / (f_number * (s - f)) * apart


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make.video(tmp_path / "a.mp4", tiny.pictures(FRAMES))


@pytest.fixture
def depth(tmp_path: Path) -> Path:
    """Metres: a near block, a far wall, and a sky without end."""
    metres = np.full((FRAMES, tiny.HEIGHT, tiny.WIDTH), FAR, np.float32)
    metres[:, :, :20], metres[:, :10] = NEAR, np.inf
    np.save(tmp_path / "z.npy", metres)
    return tmp_path / "z.npy"


@pytest.fixture
def relative(tmp_path: Path) -> Path:
    return tiny.maps(tmp_path / "maps", tiny.disparity(FRAMES))


@pytest.mark.parametrize(
    "options",
    [
        {"f_number": 1.4, "focal_length": 50.0, "sensor_width": 36.0},
        {"f_number": 2.0, "focal_length": 35.0, "camera": "super35"},
        {"camera": "phone"},
    ],
)
@pytest.mark.parametrize("normalise", [False, True])
def test_with_metres_the_blur_is_that_of_the_thin_lens(
    clip: Path, depth: Path, options: dict, normalise: bool
) -> None:
    focus = 2.5
    found = analysed(
        clip, disparity=depth, depth_map="metric", normalise=normalise, focus=f"{focus}m", **options
    )
    sensor = {"super35": 24.89, "phone": 9.8}.get(options.get("camera", ""), 36.0)
    n, f = options.get("f_number", 1.8), options.get("focal_length", 6.9)
    width, track = 1920, found.track
    radii = circle_of_confusion(found.disparity.read(0), track.focus[0], track.blur[0], width, track.range[0])
    for (row, column), metres in {(40, 5): NEAR, (40, 60): FAR, (5, 30): math.inf}.items():
        wanted = circle(metres, focus, n, f) / sensor * width / 2
        assert radii[row, column] == pytest.approx(wanted, rel=1e-4)
    assert found.f_number == pytest.approx(n, abs=1e-3)
    assert not any("assumed" in note for note in found.notes)


def test_the_focus_may_move_through_metres(clip: Path, depth: Path, tmp_path: Path) -> None:
    keyframes = [{"frame": 0, "distance": 2, "f_number": 2}, {"frame": 3, "distance": 5, "ease": "hold"}]
    (tmp_path / "t.json").write_text(json.dumps({"version": 1, "keyframes": keyframes}))
    track = analysed(clip, disparity=depth, depth_map="metric", track=tmp_path / "t.json").track
    span = 1 / NEAR
    # a lens that is focused nearer is farther from its sensor, and so its circles grow a little
    for index, focus in ((0, 2.0), (3, 5.0)):
        assert track.focus[index] == pytest.approx(1 / focus / span, rel=1e-5)
        disparity, width = 1 / FAR / span, 1000
        radius = track.blur[index] * abs(disparity - track.focus[index]) * width / 1024
        assert radius == pytest.approx(circle(FAR, focus, 2.0, 50.0) / 36 * width / 2, rel=1e-4)


def test_an_aperture_keeps_no_range_sharp_unless_one_is_given(clip: Path, tmp_path: Path) -> None:
    masks = f"mask:{tiny.masks(tmp_path / 'masks', FRAMES)}"
    uneven = tiny.disparity(FRAMES)
    uneven[:, 10:20, :8] = 0.7
    np.save(tmp_path / "d.npy", uneven)
    where = {"disparity": tmp_path / "d.npy", "focus": masks}
    assert (analysed(clip, **where, blur=20).track.range > 0).all()
    assert (analysed(clip, **where, f_number=2).track.range == 0).all()
    assert analysed(clip, **where, f_number=2, focus_range=0.1).track.range == pytest.approx([0.1] * FRAMES)


def test_relative_disparity_takes_a_distance_and_says_so(clip: Path, relative: Path) -> None:
    found = analysed(clip, disparity=relative, focus=0.8, f_number=2, subject_distance=3)
    # infinity is disparity 0, which lies 0.8 from the focus
    wanted = circle(math.inf, 3, 2, 50) / 36 * 1024 / 2 / 0.8
    assert found.track.blur == pytest.approx([wanted] * FRAMES, rel=1e-5)
    (note,) = (note for note in found.notes if "assumed" in note)
    assert "what is in focus in the first frame stands 3 m away (--subject-distance)" in note


def test_a_blur_is_told_as_an_aperture(clip: Path, relative: Path, tmp_path: Path) -> None:
    blur = float(analysed(clip, disparity=relative, focus=0.8, f_number=2.8).track.blur[0])
    assert analysed(clip, disparity=relative, focus=0.8, blur=blur).f_number == pytest.approx(2.8, abs=2e-3)
    assert analysed(clip, disparity=relative, focus=0.8, blur=0).f_number is None
    assert analysed(clip, disparity=relative, focus=0, blur=9).f_number is None
    options = {"disparity": relative, "focus": 0.8, "blur": blur, "camera": "full frame"}
    notes = write_track(clip, tmp_path / "t.json", RenderSettings(**options))
    assert any(
        "f/2.8 with a 50 mm lens before a sensor 36 mm wide, focused at 2 m (assumed)" in n for n in notes
    )
    assert any("no f-number is given" in note for note in notes)


def test_the_report_tells_it(
    clip: Path, relative: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["--disparity", str(relative), "--focus", "0.8", "--f-number", "4", "--steady", "off"]
    words += ["--repair", "off", "--hidden", "off", "--json"]
    assert main(["render", str(clip), "-o", str(tmp_path / "b.mkv"), *words]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["f_number"] == pytest.approx(4, abs=1e-3)
    assert report["options"]["f_number"] == 4
    again = tmp_path / "c.mkv"
    options = {"steady": False, "repair": False, "hidden": False, "disparity": relative, "focus": 0.8}
    assert render_clip(clip, again, f_number=4.0, **options).f_number == report["f_number"]
    assert tiny.frames_of(again)[0] == pytest.approx(tiny.frames_of(tmp_path / "b.mkv")[0])


def test_options_win_over_the_track_and_the_track_over_a_camera_by_name(
    clip: Path, relative: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.json").write_text('{"version": 1, "keyframes": [{"time": 0, "focus": 0.8, "blur": 5}]}')
    where = {"disparity": relative, "track": tmp_path / "t.json"}
    assert analysed(clip, **where, camera="phone").track.blur.tolist() == [5] * FRAMES
    by_option = analysed(clip, **where, f_number=2).track.blur
    assert by_option == pytest.approx(analysed(clip, disparity=relative, focus=0.8, f_number=2).track.blur)
    (tmp_path / "t.json").write_text(
        '{"version": 1, "keyframes": [{"time": 0, "focus": 0.8, "f_number": 2}]}'
    )
    assert analysed(clip, **where, blur=5.0).track.blur.tolist() == [5] * FRAMES
    assert analysed(clip, **where).track.blur == pytest.approx(by_option)


def test_an_upright_clip_has_the_camera_turned(tmp_path: Path) -> None:
    """The radius in pixels is that of the same lens, across as upright."""
    blurs = {}
    for height, width in ((48, 64), (64, 48)):
        clip = make.video(tmp_path / f"{width}.mp4", tiny.pictures(1, height, width))
        np.save(tmp_path / f"{width}.npy", tiny.disparity(1, height, width))
        found = analysed(clip, disparity=tmp_path / f"{width}.npy", focus=0.8, f_number=2)
        blurs[width] = float(found.track.blur[0])
    assert blurs[48] * 48 == pytest.approx(blurs[64] * 64)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"f_number": 2, "blur": 3}, "f-number 2 and blur 3 are both given"),
        ({"f_number": 0.1}, "f-number is 0.1: expected 0.5 to 1000"),
        ({"f_number": float("nan")}, "f-number is nan"),
        ({"focal_length": 0.5}, "focal length is 0.5: expected 1 to 2000"),
        ({"sensor_width": 500}, "sensor width is 500"),
        ({"subject_distance": 0}, "subject distance is 0: expected 0.05"),
        ({"camera": "fone"}, "did you mean 'phone'"),
        (
            {"f_number": 2, "focal_length": 85, "subject_distance": 0.06},
            "0.06 m: expected more than the focal",
        ),
        ({"f_number": 0.5, "focal_length": 800}, "f-number 0.5 is a blur of K .* give a larger f-number"),
        ({"f_number": 2, "focus": 0}, "infinitely far"),
        ({"f_number": 2, "focus": "2m"}, "focus 2m: .* does not tell metres"),
        ({"camera": "metadata"}, "holds no EXR images"),
    ],
)
def test_what_cannot_be_is_one_line(clip: Path, relative: Path, options: dict, part: str) -> None:
    with pytest.raises(InputError, match=part) as error:
        analysed(clip, disparity=relative, **{"focus": 0.8, **options})
    assert "\n" not in str(error.value)


def test_a_focus_that_no_depth_shows(clip: Path, depth: Path) -> None:
    with pytest.raises(InputError, match=r"focus 0.5m: 0.5 m is nearer than all .* 1.5 to inf m"):
        analysed(clip, disparity=depth, depth_map="metric", focus="0.5m")


def test_within_the_focal_length_no_lens_focuses(clip: Path, tmp_path: Path) -> None:
    np.save(
        tmp_path / "z.npy", np.linspace(0.01, 1, tiny.WIDTH * tiny.HEIGHT).reshape(1, 48, 64)[[0] * FRAMES]
    )
    with pytest.raises(
        InputError, match=r"the focus is 0\.04 m: expected more than the focal length of 50 mm"
    ):
        analysed(clip, disparity=tmp_path / "z.npy", depth_map="metric", focus="0.04m", f_number=2)


def test_a_distance_that_is_not_needed_is_said(clip: Path, depth: Path) -> None:
    notes = analysed(
        clip, disparity=depth, depth_map="metric", focus="2m", f_number=2, subject_distance=3
    ).notes
    assert "the depth is in metres: --subject-distance changes nothing" in notes


def test_rows_of_a_batch(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("input,f_number,camera,blur\na.mp4,2,mft,\nb.mp4,2,,8\nc.mp4,,,8\n")
    folders = Folders(tmp_path, tmp_path, tmp_path)
    first, second, third = read_manifest(tmp_path / "m.csv", folders, RenderSettings())
    assert (first.settings.f_number, first.settings.camera) == (2, "mft")
    assert "f-number 2 and blur 8 are both given" in str(second.error)
    assert third.settings.blur == 8


ATTRIBUTES = {
    "aperture": 2.0,
    "focus": 2.5,
    "effectiveFocalLength": 40.0,
    "sensorOverallDimensions": np.array([28.0, 19.0], np.float32),
}


class TestMetadata:
    @pytest.fixture(autouse=True)
    def needs_openexr(self) -> None:
        pytest.importorskip("OpenEXR")

    def images(self, folder: Path, **attributes) -> Path:
        folder.mkdir()
        for index, one in enumerate(tiny.pictures(FRAMES)):
            header = exr.ExrHeader(attributes=attributes)
            exr.save(folder / f"{index:04}.exr", one.astype(np.float32) / 255, None, header)
        return folder

    def test_it_is_used_with_metres(self, depth: Path, tmp_path: Path) -> None:
        clip = self.images(tmp_path / "exr", **ATTRIBUTES)
        found = analysed(clip, disparity=depth, depth_map="metric", camera="metadata")
        said = {"focal_length": 40.0, "sensor_width": 28.0, "f_number": 2.0, "focus": "2.5m"}
        wanted = analysed(clip, disparity=depth, depth_map="metric", **said).track
        assert found.track.blur == pytest.approx(wanted.blur)
        assert found.track.focus == pytest.approx(wanted.focus)
        assert not any("is assumed" in note for note in found.notes)

    def test_without_metres_the_distance_is_that_of_the_subject(self, relative: Path, tmp_path: Path) -> None:
        clip = self.images(tmp_path / "exr", **ATTRIBUTES)
        found = analysed(clip, disparity=relative, focus=0.8, camera="metadata").track
        said = {"focal_length": 40.0, "sensor_width": 28.0, "f_number": 2.0, "subject_distance": 2.5}
        assert found.blur == pytest.approx(analysed(clip, disparity=relative, focus=0.8, **said).track.blur)

    def test_options_win_over_it(self, relative: Path, tmp_path: Path) -> None:
        clip = self.images(tmp_path / "exr", **ATTRIBUTES)
        said = {"f_number": 4.0, "focal_length": 20.0, "camera": "metadata"}
        assert analysed(clip, disparity=relative, focus=0.8, **said).f_number == pytest.approx(4, abs=1e-3)
        assert analysed(clip, disparity=relative, focus=0.8, camera="metadata", blur=7.0).track.blur[0] == 7

    def test_values_that_no_camera_has_name_the_images(self, relative: Path, tmp_path: Path) -> None:
        clip = self.images(tmp_path / "exr", effectiveFocalLength=1e9)
        with pytest.raises(InputError, match=r"camera metadata, .*exr: focal length is 1e\+09"):
            analysed(clip, disparity=relative, focus=0.8, camera="metadata")

    def test_one_line_says_what_is_missing(self, relative: Path, tmp_path: Path) -> None:
        clip = self.images(tmp_path / "exr", effectiveFocalLength=40.0)
        notes = analysed(clip, disparity=relative, focus=0.8, camera="metadata").notes
        (line,) = (note for note in notes if "tells no" in note)
        assert line.endswith(
            "tells no sensor width: 36 mm is assumed; no subject distance: 2 m is assumed; no aperture: the "
            "blur is K"
        )
