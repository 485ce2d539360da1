"""From file to file: what goes in comes out, refocused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import tiny
from anybokeh import RenderReport, Steps, render_clip
from anybokeh.errors import InputError
from anybokeh.render import LayeredRenderer
from anybokeh.segments.resumable import ResumableOutput
from clip import make


def render(source: Path, output: Path, **options) -> RenderReport:
    """Render; the disparity, unless given, is that of `tiny` for these `frames`, `height` and `width`."""
    size = {name: options.pop(name) for name in ("frames", "height", "width") if name in options}
    if "disparity" not in options:
        options["disparity"] = output.parent / f"{output.stem}-disparity.npy"
        np.save(options["disparity"], tiny.disparity(**size))
    return render_clip(source, output, **{"focus": tiny.NEAR, "device": "cpu", **options})


def changed(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the pixels that differ."""
    return float((a != b).any(axis=-1).mean())


def test_frames_size_times_and_sound_are_kept(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(), audio=("eng", "deu"), tags=(1, 1, 1, 1))
    report = render(source, tmp_path / "b.mp4")
    assert (report.frames, report.width, report.height) == (tiny.FRAMES, tiny.WIDTH, tiny.HEIGHT)
    with av.open(str(tmp_path / "b.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (tiny.WIDTH, tiny.HEIGHT, 25)
    assert tiny.times_of(tmp_path / "b.mp4") == tiny.times_of(source)
    assert make.packets(tmp_path / "b.mp4", "audio") == make.packets(source, "audio")
    assert len(make.packets(source, "audio")) == 2


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0, 400, 1000, 1300, 2900, 3000, 3700, 4000]
    source = make.video(tmp_path / "a.mp4", tiny.pictures(8), times=times)
    render(source, tmp_path / "b.mp4", frames=8)
    assert tiny.times_of(tmp_path / "b.mp4") == pytest.approx([t / 12800 for t in times], abs=1e-6)


@pytest.mark.parametrize(("width", "height"), [(63, 47), (64, 47), (2, 2), (1, 7), (9, 1), (1, 1)])
def test_any_size_is_kept(tmp_path: Path, width: int, height: int) -> None:
    size = {"frames": 2, "height": height, "width": width}
    source = tiny.images(tmp_path / "in", tiny.pictures(**size))
    render(source, tmp_path / "out", focus=0.5, blur=200, **size)
    assert [image.shape for image in tiny.images_of(tmp_path / "out")] == [(height, width, 3)] * 2


def test_odd_sizes_are_kept_by_the_default_codec(tmp_path: Path) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures(2, 47, 63))
    render(source, tmp_path / "b.mp4", frames=2, height=47, width=63)
    assert [f.shape for f in tiny.frames_of(tmp_path / "b.mp4")] == [(47, 63, 3)] * 2


def test_portrait_clips_come_out_upright(tmp_path: Path) -> None:
    upright = tiny.pictures(4, tiny.WIDTH, tiny.HEIGHT)
    stored = [np.ascontiguousarray(np.rot90(picture, -1)) for picture in upright]
    lossless = {"codec": "libx264", "pixel_format": "yuv444p", "options": {"crf": "0"}}
    source = make.video(tmp_path / "a.mp4", stored, rotation=90, tags=(1, 1, 1, 1), **lossless)
    size = {"frames": 4, "height": tiny.WIDTH, "width": tiny.HEIGHT}
    render(source, tmp_path / "b.mkv", codec="ffv1", **size)
    for out, picture in zip(tiny.frames_of(tmp_path / "b.mkv"), upright, strict=True):
        assert out.shape == picture.shape
        # the near block is in focus, so it shows the picture up to the rounding of YUV
        near = np.s_[:, : tiny.HEIGHT // 4]
        assert np.abs(out[near].astype(int) - picture[near]).mean() < 2


def test_one_frame(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(1))
    assert render(source, tmp_path / "b.mp4", frames=1).frames == 1
    assert len(tiny.frames_of(tmp_path / "b.mp4")) == 1


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_stays_hdr(tmp_path: Path, transfer: int, name: str) -> None:
    tags = (9, transfer, 9, 1)
    deep = [picture.astype(np.uint16) * 257 for picture in tiny.pictures(3)]
    options = {"x265-params": "log-level=none"}
    source = make.video(
        tmp_path / "a.mp4", deep, codec="libx265", pixel_format="yuv420p10le", tags=tags, options=options
    )
    render(source, tmp_path / "b.mp4", frames=3)
    with av.open(str(tmp_path / "b.mp4")) as container:
        context = container.streams.video[0].codec_context
        next(container.decode(video=0))
        assert context.pix_fmt == "yuv420p10le"
        found = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert found == tags, name


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_in_focus_pixels_leave_as_they_came(tmp_path: Path, dtype: type) -> None:
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, np.iinfo(dtype).max, (48, 64, 3), dtype, endpoint=True) for _ in range(9)]
    source = tiny.lossless(tmp_path / "a.mkv", pictures)
    render(source, tmp_path / "b.mkv", codec="ffv1", frames=9, focus_range=0.05, blur=64)
    for index, (a, b) in enumerate(zip(pictures, tiny.frames_of(tmp_path / "b.mkv"), strict=True)):
        assert b.dtype == dtype
        near = np.s_[:, : 12 + index]  # away from the outline
        assert np.array_equal(b[near], a[near])
        assert changed(b[:, 16 + index :], a[:, 16 + index :]) > 0.95


@pytest.mark.parametrize(
    "options",
    [{"blur": 0, "focus": 0.5}, {"focus_range": 1.0, "focus": 0.0, "blur": 64}],
    ids=["no blur", "all in range"],
)
def test_nothing_to_blur_changes_nothing(tmp_path: Path, options: dict) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures(4))
    render(source, tmp_path / "b.mkv", codec="ffv1", frames=4, **options)
    assert np.array_equal(tiny.frames_of(tmp_path / "b.mkv"), tiny.pictures(4))


def test_a_flat_scene_in_focus_changes_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.full((4, 48, 64), 0.3, np.float32))
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures(4))
    render(source, tmp_path / "b.mkv", codec="ffv1", disparity=tmp_path / "flat.npy", focus=0.3)
    assert np.array_equal(tiny.frames_of(tmp_path / "b.mkv"), tiny.pictures(4))


def test_the_largest_blur_keeps_a_constant_picture(tmp_path: Path) -> None:
    constant = np.full((48, 64, 3), (200, 100, 30), np.uint8)
    source = tiny.lossless(tmp_path / "a.mkv", [constant])
    render(source, tmp_path / "b.mkv", codec="ffv1", frames=1, blur=512, focus=0.5)
    (out,) = tiny.frames_of(tmp_path / "b.mkv")
    assert np.abs(out.astype(int) - constant).max() <= 1


def test_discs_are_round_on_the_display(tmp_path: Path) -> None:
    picture = np.zeros((96, 64, 3), np.uint8)
    picture[46:50, 31:33] = 255
    lossless = {"codec": "libx264", "pixel_format": "yuv444p", "options": {"crf": "0"}}
    source = make.video(tmp_path / "a.mp4", [picture], pixel_aspect=Fraction(2), **lossless)
    np.save(tmp_path / "flat.npy", np.zeros((1, 96, 64), np.float32))
    # radius in rows: K * 128 / 1024
    render(source, tmp_path / "b.mp4", disparity=tmp_path / "flat.npy", focus=1.0, blur=128, crf=0)
    (out,) = tiny.frames_of(tmp_path / "b.mp4")
    lit = out[..., 1] > out.max() / 2
    assert lit.any(axis=1).sum() == pytest.approx(2 * 16, abs=2)
    assert 2 * lit.any(axis=0).sum() == pytest.approx(2 * 16, abs=4)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == 2


TRACK = {
    "version": 1,
    "keyframes": [
        {"time": 0.1, "focus": 0.1, "blur": 10, "ease": "smooth"},
        {"frame": 6, "focus": "point:5,20", "blur": 40, "range": 0.05},
        {"time": 0.4, "focus": 0.7, "blur": 20},
    ],
}


@pytest.mark.parametrize("focus", ["number", "mask", "point", "track"])
def test_parts_are_rendered_as_in_the_whole(tmp_path: Path, focus: str) -> None:
    """Maps, masks and keyframes count from the first frame; pieces join without a seam."""
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    options: dict = {"codec": "ffv1", "blur": 30}
    if focus == "number":
        options |= {"focus": 0.5}
    elif focus == "mask":
        options |= {"focus": f"mask:{tiny.masks(tmp_path / 'masks')}"}
    elif focus == "point":
        options |= {"focus": "point:50,10@0.2"}
    else:
        (tmp_path / "track.json").write_text(json.dumps(TRACK))
        options |= {"focus": None, "blur": None, "track": tmp_path / "track.json"}
    render(source, tmp_path / "whole.mkv", **options)
    pieces = []
    for number, (start, end) in enumerate([(None, 0.12), (0.12, 0.32), (0.32, 0.36), (0.36, None)]):
        piece = tmp_path / f"{number}.mkv"
        report = render(source, piece, start=start, end=end, **options)
        assert report.frames == len(tiny.frames_of(piece))
        pieces += tiny.frames_of(piece)
    assert np.array_equal(pieces, tiny.frames_of(tmp_path / "whole.mkv"))


def test_a_part_keeps_its_frames_and_begins_at_zero(tmp_path: Path) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    render(source, tmp_path / "b.mkv", codec="ffv1", blur=0, start=0.2, end=0.4)
    assert np.array_equal(tiny.frames_of(tmp_path / "b.mkv"), tiny.pictures()[5:10])
    assert tiny.times_of(tmp_path / "b.mkv") == pytest.approx([0, 0.04, 0.08, 0.12, 0.16], abs=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_folders_of_images_keep_depth_and_type(tmp_path: Path, dtype: type, suffix: str) -> None:
    rng = np.random.default_rng(5)
    pictures = rng.integers(0, np.iinfo(dtype).max, (3, 48, 64, 3), dtype, endpoint=True)
    tiny.images(tmp_path / "in", pictures, suffix)
    report = render(tmp_path / "in", tmp_path / "out", frames=3, focus_range=0.05, blur=64)
    assert report.frames == 3
    assert {file.suffix for file in (tmp_path / "out").iterdir()} == {suffix}
    for a, b in zip(pictures, tiny.images_of(tmp_path / "out"), strict=True):
        assert b.dtype == dtype
        assert np.array_equal(a[:, :12], b[:, :12])  # away from the outline
        assert changed(a[:, 32:], b[:, 32:]) > 0.95


def test_a_folder_with_one_image(tmp_path: Path) -> None:
    tiny.images(tmp_path / "in", tiny.pictures(1))
    assert render(tmp_path / "in", tmp_path / "out", frames=1).frames == 1
    assert len(tiny.images_of(tmp_path / "out")) == 1


def test_alpha_passes(tmp_path: Path) -> None:
    alpha = np.full((48, 64, 1), 180, np.uint8)
    tiny.images(tmp_path / "in", [np.dstack([picture, alpha]) for picture in tiny.pictures(2)])
    assert not render(tmp_path / "in", tmp_path / "out", frames=2).notes
    for image in tiny.images_of(tmp_path / "out"):
        assert np.array_equal(image[..., 3:], alpha)
    report = render(tmp_path / "in", tmp_path / "b.mp4", frames=2)
    assert any("alpha" in note for note in report.notes)


def test_what_the_output_cannot_carry_is_reported(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(2), audio=("eng",))
    assert any("sound" in note for note in render(source, tmp_path / "out", frames=2).notes)


def test_progress_counts_up_to_the_number_of_frames(tmp_path: Path) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    calls: list[tuple[int, int | None]] = []
    render(source, tmp_path / "b.mkv", start=0.04, end=0.44, progress=lambda *call: calls.append(call))
    done = [call[0] for call in calls]
    assert done == sorted(done)
    assert calls[-1] == (10, 10)


def written(path: Path) -> tuple[int, int, int]:
    """Changed by whoever writes `path`, not by who reads it."""
    state = path.stat()
    return state.st_ino, state.st_mtime_ns, state.st_size


def test_an_output_that_is_whole_is_left_alone(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures())
    for output in (tmp_path / "b.mp4", tmp_path / "folder"):
        assert not any("whole" in note for note in render(source, output, resume=True).notes)
        before = written(output)
        report = render(source, output, resume=True)
        assert written(output) == before
        assert report.frames == tiny.FRAMES
        assert any("already whole" in note for note in report.notes)


def test_resuming_refuses_another_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, output = make.video(tmp_path / "a.mp4", tiny.pictures()), tmp_path / "b.mp4"

    def stop(_: ResumableOutput) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ResumableOutput, "join", stop)
        render(source, output)
    monkeypatch.setattr(LayeredRenderer, "drawn_by", "Card")
    with pytest.raises(InputError, match="device that draws was processor and is Card now"):
        render(source, output, resume=True)


def test_resuming_refuses_an_output_of_something_else(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures())
    make.video(tmp_path / "b.mp4", tiny.pictures(5))
    with pytest.raises(InputError, match="another render"):
        render(source, tmp_path / "b.mp4", resume=True)
    with pytest.raises(InputError, match="input"):
        render(source, source, resume=True)


def test_an_existing_output_is_replaced_only_on_demand(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(2))
    (tmp_path / "b.mp4").write_text("mine")
    with pytest.raises(InputError, match="overwrite"):
        render(source, tmp_path / "b.mp4", frames=2)
    assert (tmp_path / "b.mp4").read_text() == "mine"
    render(source, tmp_path / "b.mp4", frames=2, overwrite=True)
    assert len(tiny.frames_of(tmp_path / "b.mp4")) == 2


def test_no_input_is_ever_replaced(tmp_path: Path) -> None:
    source = make.video(tmp_path / "a.mp4", tiny.pictures(2))
    maps = tiny.maps(tmp_path / "maps", tiny.disparity(2))
    masks = tiny.masks(tmp_path / "masks", 2)
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    options = {"disparity": maps, "focus": f"mask:{masks}", "overwrite": True}
    files = {file: file.read_bytes() for file in tmp_path.rglob("*.*")}
    for output in (source, tmp_path / "link.mp4", tmp_path / "hard.mp4", maps, masks):
        with pytest.raises(InputError, match="input"):
            render(source, output, **options)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*")} == files


def test_steps_are_told_in_order_and_remarks_before_rendering(tmp_path: Path) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    heard: list[tuple] = []
    steps = Steps(
        lambda step, done, total: heard.append((step, done, total)), lambda note: heard.append((note,))
    )
    report = render(source, tmp_path / "b.mkv", progress=steps, focus_range=1, focus="point:10,10")
    order = list(dict.fromkeys(entry[0] for entry in heard))
    remark = next(note for note in report.notes if "nothing is blurred" in note)
    assert [step for step in order if step not in report.notes] == [
        "finding the focus",
        "following the focus",
        "rendering",
        "joining",
    ]
    assert order.index(remark) < order.index("rendering")
    assert steps.said == [note for note in report.notes if note in order]
    assert ("following the focus", tiny.FRAMES, tiny.FRAMES) in heard
    assert ("rendering", 0, tiny.FRAMES) in heard and ("rendering", tiny.FRAMES, tiny.FRAMES) in heard


def test_finding_the_subject_is_a_step(tmp_path: Path) -> None:
    source = tiny.lossless(tmp_path / "a.mkv", tiny.pictures())
    told: list[str] = []
    render(source, tmp_path / "b.mkv", focus="auto", progress=Steps(lambda step, *_: told.append(step)))
    assert list(dict.fromkeys(told)) == ["finding the focus", "finding the subject", "rendering", "joining"]
