"""Libraries: users' own folders, video mattes, splits, fetched packages, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics.light import decode
from anybokeh.synth import debian, fetch
from anybokeh.synth.fetch import RESERVED, Source, fetch_library, is_reserved
from anybokeh.synth.library import Library, hashed_split, open_library, read_cutout
from anybokeh.synth.mattes import find_mattes, read_matte
from anybokeh.synth.presets import make_sample


def cutout(path: Path, size: int = 40) -> None:
    picture = np.zeros((size, size, 4), np.uint8)
    picture[8:-8, 4:-12] = (10, 120, 240, 255)
    save(path, picture)


def photograph(path: Path, seed: int = 0, size: tuple[int, int] = (700, 400)) -> None:
    rng = np.random.default_rng(seed)
    save(path, cv2.resize(rng.integers(0, 256, (20, 30, 3), np.uint8), size))


def save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(12):
        cutout(tmp_path / f"lib/cutouts/animals/{index}.png")
        photograph(tmp_path / f"lib/backgrounds/{index}.jpg", index)
    return tmp_path / "lib"


def test_cutouts_are_trimmed_linear_and_premultiplied(folder: Path) -> None:
    picture = read_cutout(folder / "cutouts/animals/0.png")
    assert picture.shape == (24, 24, 4)
    expected = decode(np.array([240, 120, 10]) / 255, "srgb")
    np.testing.assert_allclose(picture[5, 5], [*expected, 1], rtol=1e-5)


def test_splits_are_disjoint_and_whole(folder: Path) -> None:
    train, test, both = (Library(folder, split) for split in ("train", "test", "all"))
    for kind in ("cutouts", "backgrounds"):
        parts = [{entry.name for entry in getattr(library, kind)} for library in (train, test, both)]
        assert parts[0] and parts[1] and not parts[0] & parts[1]
        assert parts[0] | parts[1] == parts[2]


def test_a_fifth_of_all_names_is_held_out() -> None:
    share = np.mean([hashed_split(f"picture {n}") == "test" for n in range(2000)])
    assert share == pytest.approx(0.2, abs=0.03)


def test_a_manifest_decides_the_split(folder: Path) -> None:
    items = [
        {"file": p.relative_to(folder).as_posix(), "split": "test" if p.stem == "3" else "train"}
        for p in folder.rglob("*.*")
    ]
    (folder / "manifest.json").write_text(json.dumps({"items": items}))
    assert [entry.name for entry in Library(folder, "test").cutouts] == ["cutouts/animals/3.png"]
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match=r"manifest\.json: cannot be read"):
        Library(folder)


def test_scenes_are_made_from_a_library(folder: Path) -> None:
    sample = make_sample("paper", 1, props=open_library(folder), size=(64, 36), frames=1)
    assert sample.metadata["props"] == "lib"
    assert all(name.startswith("cutouts/animals/") for name in sample.metadata["objects"])


def test_video_mattes_are_read_as_pictures_and_videos(folder: Path) -> None:
    for index in range(4):
        coverage = np.zeros((30, 40, 3), np.uint8)
        coverage[10:20, 5 + index : 15 + index] = 255
        save(folder / f"mattes/walk/pha/{index:04d}.png", coverage)
        save(folder / f"mattes/walk/fgr/{index:04d}.png", np.full((30, 40, 3), 200, np.uint8))
    (path,) = find_mattes(folder)
    pictures = read_matte(path, 0, 25)
    assert len(pictures) == 4
    first = pictures[0].levels[0]
    assert first.shape == (10, 13, 4)
    np.testing.assert_allclose(first[:, :10, 3], 1)
    np.testing.assert_allclose(first[:, 10:], 0)
    assert len(read_matte(path, 1, 2)) == 2
    kinds = {entry.kind for entry in Library(folder).cutouts}
    assert kinds == {"cutout", "matte"}
    (folder / "mattes/walk/pha/0003.png").unlink()
    with pytest.raises(InputError, match="4 frames and its coverage 3"):
        read_matte(path, 0, 25)


def test_a_foreground_without_coverage_is_reported(folder: Path) -> None:
    save(folder / "mattes/fgr/one/0.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InputError, match="has no coverage"):
        Library(folder)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: photograph(p), "no transparency"),
        (lambda p: p.write_bytes(b"no picture"), "not a readable picture"),
        (lambda p: save(p, np.full((9, 9, 4), 255, np.uint8)), "is solid"),
        (lambda p: save(p, np.zeros((9, 9, 4), np.uint8)), "is empty"),
    ],
)
def test_bad_cutouts_are_reported(tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "bad.png")
    with pytest.raises(InputError, match=message):
        read_cutout(tmp_path / "bad.png")


def test_missing_and_empty_folders_are_reported(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        Library(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        Library(tmp_path / "empty")
    for path in (folder / "backgrounds").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="backgrounds: holds no pictures"):
        Library(folder)


COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020, Somebody
License: GPL-2+

Files: source/otter.png
 source/b*.png
Copyright: 2021, Somebody else
License: CC0-1.0
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A package of cut-outs that can only be downloaded."""

    def unpack(name: str, root: Path) -> None:
        rng = np.random.default_rng(0)
        for stem in ("otter", "badger", "horse", "cartoon/cat", "tiny"):
            side = 20 if stem == "tiny" else 200
            picture = rng.integers(0, 256, (side, side, 4), np.uint8)
            picture[..., 3] = 0
            picture[10:-10, 10:-10, 3] = 255
            save(root / f"usr/share/stamps/{stem}.png", picture)
        stated = root / f"usr/share/doc/{name}/copyright"
        stated.parent.mkdir(parents=True)
        stated.write_text(COPYRIGHT)
        (root / "version").write_text("1.2-3\n")

    monkeypatch.setattr(fetch, "installed_root", lambda name: None)
    monkeypatch.setattr(fetch, "unpack", unpack)
    return Source("stamps", "cutout", "usr/share/stamps")


def test_fetching_lists_every_picture_with_its_licence(tmp_path: Path, package: Source) -> None:
    report = fetch_library(tmp_path / "lib", sources=(package,))
    items = {item["name"]: item for item in json.loads((tmp_path / "lib/manifest.json").read_text())["items"]}
    assert set(items) == {"otter", "badger", "horse"}
    assert {name: item["licence"] for name, item in items.items()} == {
        "otter": "CC0-1.0",
        "badger": "CC0-1.0",
        "horse": "GPL-2+",
    }
    assert items["otter"]["split"] == "test"
    assert items["horse"]["split"] == hashed_split("horse")
    assert items["horse"]["version"] == "1.2-3"
    assert items["horse"]["stated"] == "/usr/share/doc/stamps/copyright"
    assert all((tmp_path / "lib" / item["file"]).is_file() for item in items.values())
    assert (report.cutouts, report.backgrounds, report.notes) == (3, 0, ())


def test_what_cannot_be_had_is_left_out_with_a_note(tmp_path: Path, package: Source) -> None:
    missing = Source("no-such-python-package", "background", "no_such_module/data", python=True)
    report = fetch_library(tmp_path / "lib", sources=(missing, package))
    assert report.cutouts == 3
    assert "no-such-python-package was left out" in report.notes[0]
    with pytest.raises(InputError, match="not empty"):
        fetch_library(tmp_path / "lib", sources=(package,))
    with pytest.raises(InputError, match="none of the packages"):
        fetch_library(tmp_path / "other", sources=(missing,))
    assert not (tmp_path / "other").exists()


def test_pictures_of_tests_and_demo_are_reserved() -> None:
    for name in ("crowned_crane", "EveningGlow", "aitzgorri_by_Aitzol_Berasategi", "astronaut", "rocket"):
        assert is_reserved(name)
    assert not is_reserved("yak")
    assert len(RESERVED) == 25


def test_copyright_files_without_statement_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no copyright file"):
        debian.copyright_of("nothing", tmp_path)
