"""Benchmark scenes find their pictures, cover what they claim, and survive interruption."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.synth.raytraced import Camera, DepthRange, Quality, Truth, View, ball, card, plain
from anybokeh.synth.raytraced.scenes import (
    SCENES,
    TEST_ITEMS,
    Moment,
    Pictures,
    SceneKind,
    find_picture,
    make,
    make_scenes,
)

DEPTHS = DepthRange(1.0, 10.0)
FEW_RAYS = Quality(least=32, most=32, batch=16)
SIZE = (32, 18)


def moment_of_a_ball(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """A ball passes a wall."""
    surfaces = [
        card(plain(0.2, 0.4, 0.6), (0, 0, -5), 20),
        ball((t, 0, -2), 0.3, plain(1, 0, 0), subject=True),
    ]
    return Moment(surfaces, View(Camera((0, 0, 0), (0, 0, -1)), focus=0.2 + 0.2 * t, blur=20))


@pytest.fixture
def plain_scene(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a scene without photographs."""
    monkeypatch.setitem(SCENES, "plain", SceneKind(DEPTHS, moment_of_a_ball))
    return "plain"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A renderer that makes grey frames at once, and the focus of each frame that it was asked for."""
    focused: list[float] = []

    def grey(tracer: object, view: View, size: tuple[int, int], *settings: object) -> Truth:
        focused.append(view.focus)
        flat, colour = np.full(size[::-1], 0.5), np.full((*size[::-1], 3), 0.5)
        return Truth(colour, flat, colour, flat, flat)

    monkeypatch.setattr(make, "render_view", grey)
    monkeypatch.setattr(make, "Tracer", lambda surfaces: None)
    monkeypatch.setattr(make, "mitsuba", lambda: None)
    return focused


def write_picture(path: Path, colour: tuple[int, int, int] = (0, 0, 255)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((8, 12, 3), colour, np.uint8))
    return path


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ("otter", "otter.png"),
        ("otter", "stamps/animals/mammals/aquatic/otter.png"),
        ("EveningGlow", "wallpapers/EveningGlow.jpg"),
        ("Path", "Path/contents/images/2560x1600.jpg"),
        ("gravel", "gravel.png"),
    ],
)
def test_the_library_is_looked_at_first(tmp_path: Path, item: str, place: str) -> None:
    expected = write_picture(tmp_path / place)
    assert find_picture(item, tmp_path) == expected
    np.testing.assert_allclose(Pictures(tmp_path)(item)[4, 4], (1, 0, 0, 1), atol=0.02)


def test_of_two_namesakes_the_packages_own_is_taken(tmp_path: Path) -> None:
    write_picture(tmp_path / "food/vegetables/eggplant.png")
    expected = write_picture(tmp_path / "plants/eggplant.png")
    assert find_picture("eggplant", tmp_path) == expected


def test_a_missing_picture_names_the_places_and_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anybokeh.synth.raytraced.scenes import photographs as pictures

    monkeypatch.setattr(pictures, "STAMPS", tmp_path / "nowhere")
    monkeypatch.setattr(pictures, "_PACKAGES", {tmp_path / "nowhere": "the package of stamps"})
    with pytest.raises(InputError, match=r"otter.*nowhere.*install the package of stamps.*synth fetch"):
        find_picture("otter", tmp_path)


def test_gain_scales_light_and_leaves_coverage(tmp_path: Path) -> None:
    write_picture(tmp_path / "Path.jpg", (200, 200, 200))
    pictures = Pictures(tmp_path)
    whole, half = pictures("Path"), pictures("Path", 0.5)
    np.testing.assert_allclose(half[..., :3], whole[..., :3] / 2)
    np.testing.assert_array_equal(half[..., 3], whole[..., 3])


def installed_pictures() -> Pictures:
    try:
        for item in TEST_ITEMS:
            find_picture(item)
    except InputError as error:
        pytest.skip(str(error))
    pytest.importorskip("scipy", reason="scipy comes with the extra `raytrace`")
    return Pictures()


def test_scenes_cover_focus_pull_aperture_ramp_and_camera_motion() -> None:
    pictures = installed_pictures()
    focus, blur, travelled, subjects = {}, {}, {}, {}
    for name, kind in SCENES.items():
        first, last = (kind.moment(t, np.random.default_rng(0), pictures) for t in (0.0, 1.0))
        focus[name] = abs(last.view.focus - first.view.focus)
        blur[name] = last.view.blur / first.view.blur
        start, end = (np.array(moment.view.camera.position) for moment in (first, last))
        travelled[name] = float(np.linalg.norm(end - start))
        subjects[name] = any(surface.subject for surface in first.surfaces)
    assert focus["pull"] > 0.5
    assert blur["ramp"] == pytest.approx(12)
    assert travelled["travel"] > 1 > max(v for name, v in travelled.items() if name != "travel")
    assert all(subjects.values())


def test_what_is_drawn_at_random_keeps_still() -> None:
    pictures = installed_pictures()
    for name in ("night", "thin"):
        first, again = (SCENES[name].moment(0.5, np.random.default_rng(3), pictures) for _ in range(2))
        for one, other in zip(first.surfaces, again.surfaces, strict=True):
            np.testing.assert_array_equal(one.vertices, other.vertices)


def test_a_scene_describes_itself(tmp_path: Path, plain_scene: str, counted: list[float]) -> None:
    (folder,) = make_scenes(tmp_path, [plain_scene], frames=3, size=SIZE)
    facts = json.loads((folder / "scene.json").read_text())
    assert facts["version"] == 1
    assert facts["rate"] == 24
    assert facts["size"] == [32, 18]
    assert facts["range"] == [0, 0, 0]
    np.testing.assert_allclose(facts["focus"], [0.2, 0.3, 0.4])
    assert facts["blur"] == [20, 20, 20]
    assert facts["made"]["shows"] == "A ball passes a wall."
    for name in ("aif", "disparity", "bokeh", "mask", "clipped"):
        assert [path.name for path in sorted((folder / name).iterdir())] == [
            "00000.png",
            "00001.png",
            "00002.png",
        ]


def test_an_interrupted_scene_goes_on_where_it_stopped(
    tmp_path: Path, plain_scene: str, counted: list[float]
) -> None:
    def interrupt(name: str, done: int, frames: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_scenes(tmp_path, [plain_scene], frames=3, size=SIZE, progress=interrupt)
    assert not (tmp_path / plain_scene).exists()
    make_scenes(tmp_path, [plain_scene], frames=3, size=SIZE)
    np.testing.assert_allclose(counted, [0.2, 0.3, 0.4])
    assert [path.name for path in tmp_path.iterdir()] == [plain_scene]
    make_scenes(tmp_path, [plain_scene], frames=3, size=SIZE)
    assert len(counted) == 3


def test_frames_of_other_settings_are_not_mixed_in(
    tmp_path: Path, plain_scene: str, counted: list[float]
) -> None:
    def interrupt(name: str, done: int, frames: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_scenes(tmp_path, [plain_scene], frames=2, size=SIZE, progress=interrupt)
    make_scenes(tmp_path, [plain_scene], frames=2, size=SIZE, seed=1)
    np.testing.assert_allclose(counted, [0.2, 0.2, 0.4])


def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, plain_scene: str, counted: list[float]
) -> None:
    make_scenes(tmp_path, [plain_scene], frames=1, size=SIZE)
    with pytest.raises(InputError, match="something else"):
        make_scenes(tmp_path, [plain_scene], frames=2, size=SIZE)
    assert len(counted) == 1


def test_without_mitsuba_nothing_is_begun(
    tmp_path: Path, plain_scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise InputError("ray tracing is not available")

    monkeypatch.setattr(make, "mitsuba", absent)
    with pytest.raises(InputError, match="not available"):
        make_scenes(tmp_path / "out", [plain_scene])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"names": ["portrate"]}, "portrate.*portrait"),
        ({"frames": 0}, "frames is 0"),
        ({"size": (8, 8)}, "size is 8x8"),
    ],
)
def test_bad_requests_are_refused(tmp_path: Path, arguments: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make_scenes(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_a_traced_scene_has_its_subject_in_the_mask(tmp_path: Path, plain_scene: str) -> None:
    from anybokeh.synth.raytraced.find_mitsuba import mitsuba

    pytest.importorskip("scipy", reason="scipy comes with the extra `raytrace`")
    try:
        mitsuba()
    except InputError as error:
        pytest.skip(str(error))
    (folder,) = make_scenes(tmp_path, [plain_scene], frames=1, size=SIZE, quality=FEW_RAYS)
    mask, disparity = (
        cv2.imread(str(folder / name / "00000.png"), cv2.IMREAD_UNCHANGED) / 65535
        for name in ("mask", "disparity")
    )
    assert mask[9, 16] == 1
    assert mask[0, 0] == 0
    assert disparity[9, 16] == pytest.approx(float(DEPTHS.disparity(1.7)), abs=0.01)
    assert disparity[0, 0] == pytest.approx(float(DEPTHS.disparity(5.0)), abs=1e-4)
