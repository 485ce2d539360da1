"""The official any-to-bokeh layout."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.disparity import open_disparity, read_official_csv
from anybokeh.errors import InputError


def write(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        cv2.imwrite(str(folder / name), np.full((4, 6), index, np.uint8))
    return folder


def test_focus_and_blur_come_from_the_names(tmp_path):
    folder = write(
        tmp_path / "d", "00000_zf_0.53367_k_16.png", "00001_zf_0.5_k_15.5.png", "00002_zf_1_k_0.png"
    )
    official = open_disparity(folder).official
    np.testing.assert_allclose(official.focus, [0.53367, 0.5, 1], atol=1e-7)
    np.testing.assert_allclose(official.blur, [16, 15.5, 0])


def test_names_without_blur(tmp_path):
    official = open_disparity(write(tmp_path / "d", "0_zf_0.50000.png", "1_zf_0.51000.png")).official
    np.testing.assert_allclose(official.focus, [0.5, 0.51])
    assert official.blur is None


def test_values_in_names_do_not_disturb_the_order(tmp_path):
    folder = write(tmp_path / "d", "2_zf_0.1_k_1.png", "10_zf_0.2_k_9.png", "1_zf_0.9_k_20.png")
    np.testing.assert_allclose(open_disparity(folder).official.focus, [0.9, 0.1, 0.2])


@pytest.mark.parametrize(
    ("names", "named"),
    [
        (("0_zf_0.5.png", "1.png"), "1.png"),
        (("0_zf_1.5.png",), "1.5"),
        (("0_zf_nan.png",), "nan"),
        (("0_zf_0.5_k_-2.png",), "-2"),
        (("0_zf_0.5_k_4.png", "1_zf_0.5.png"), "1 of 2"),
    ],
)
def test_names_that_do_not_add_up(tmp_path, names, named):
    with pytest.raises(InputError, match=named):
        open_disparity(write(tmp_path / "d", *names))


def test_csv_paths_as_given_beside_the_list_and_above_it(tmp_path):
    for part in ("videos", "disp"):
        (tmp_path / "demo" / part).mkdir(parents=True)
    lists = tmp_path / "csv_file"
    lists.mkdir()
    (lists / "above.csv").write_text("aif_folder,disp_folder,k\ndemo/videos,demo/disp,16\n")
    (tmp_path / "beside.csv").write_text("\ufeffk,disp_folder,aif_folder\r\nchange,demo/disp,demo/videos\r\n")
    (lists / "given.csv").write_text(
        f"aif_folder,disp_folder,k\n{tmp_path}/demo/videos,{tmp_path}/demo/disp,7.5\n"
    )
    for path, blur in (
        (lists / "above.csv", 16),
        (tmp_path / "beside.csv", None),
        (lists / "given.csv", 7.5),
    ):
        (clip,) = read_official_csv(path)
        assert clip.aif_folder.samefile(tmp_path / "demo" / "videos")
        assert clip.disp_folder.samefile(tmp_path / "demo" / "disp")
        assert clip.blur == blur


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "aif_folder"),
        ("aif_folder,disp_folder\na,b\n", "k"),
        ("aif_folder,disp_folder,k\n", "no clips"),
        ("aif_folder,disp_folder,k\n.,.\n", "line 2"),
        ("aif_folder,disp_folder,k\n.,.,16\n.,.,-1\n", "line 3"),
        ("aif_folder,disp_folder,k\n.,.,1x\n", "1x"),
        ("aif_folder,disp_folder,k\n.,nowhere,16\n", "nowhere"),
    ],
)
def test_csv_that_cannot_be_used(tmp_path, text, named):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=named):
        read_official_csv(path)
