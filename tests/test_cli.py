"""The command line: status, streams, and what is left on the disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import tiny
from anybokeh.cli import main
from anybokeh.job.refocus import RenderReport
from anybokeh.options.option import flags, is_number
from anybokeh.settings import RenderSettings
from clip import make

NO_NETWORK = "there is no such" if find_spec("transformers") else "depth networks need"

JSON_FIELDS = [
    "frames",
    "width",
    "height",
    "seconds",
    "frames_per_second",
    "renderer",
    "disparity",
    "peak_memory_mb",
    "output",
    "resumed",
    "waiting_for_input",
    "rendering",
    "waiting_for_output",
    "joining",
    "analysing",
    "transferring",
    "repeated",
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clip, its disparity, and many things that are no such thing."""
    folder = tmp_path_factory.mktemp("inputs")
    clip = make.video(folder / "clip.mp4", tiny.pictures(6))
    disparity = tiny.disparity(6)
    tiny.maps(folder / "maps", disparity)
    tiny.maps(folder / "few", disparity[:4])
    tiny.maps(folder / "fewer", disparity[:3])
    tiny.maps(folder / "unequal", disparity)
    tiny.images(folder / "square", [np.zeros((64, 64, 3), np.uint8)] * 6)
    tiny.images(folder / "coloured", tiny.pictures(6))
    tiny.masks(folder / "few masks", 4)
    tiny.images(folder / "black", [np.zeros((48, 64, 3), np.uint8)] * 6)
    (folder / "unequal" / "00003.png").write_bytes((folder / "square" / "0003.png").read_bytes())
    disparity[4, 5, 6] = np.nan
    np.save(folder / "nan.npy", disparity)
    np.save(folder / "large.npy", tiny.disparity(6) * 5)
    (folder / "cut.npy").write_bytes((folder / "nan.npy").read_bytes()[:5000])
    (folder / "empty.mp4").touch()
    (folder / "cut.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    (folder / "text.mp4").write_text("no video")
    (folder / "loop").symlink_to("loop")
    (folder / "notes").mkdir()
    (folder / "notes" / "note.txt").write_text("no image")
    (folder / "key.json").write_text('{"version": 1, "keyframes": [{"time": 0, "fokus": 0.5}]}')
    return folder


def run(capsys: pytest.CaptureFixture, *arguments: str | Path) -> tuple[int, str, list[str]]:
    """Exit status, standard output, and the lines of standard error but the notes."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    out, err = capsys.readouterr()
    return status, out, [line for line in err.splitlines() if not line.startswith("note: ")]


BAD = {
    "no input": (["none.mp4"], "none.mp4"),
    "empty": (["empty.mp4"], "empty"),
    "cut short": (["cut.mp4"], "cut short"),
    "text": (["text.mp4"], "not a video"),
    "no images": (["notes"], "no PNG"),
    "no maps": (["clip.mp4", "--disparity", "none"], "none"),
    "maps that are text": (["clip.mp4", "--disparity", "notes/note.txt"], "is no disparity"),
    "too few maps": (["clip.mp4", "--disparity", "fewer"], "3 disparity maps but the clip has 6"),
    "NaN in a map": (["clip.mp4", "--disparity", "nan.npy"], "frame 4: contains NaN"),
    "maps out of range": (["clip.mp4", "--disparity", "large.npy"], "--normalise"),
    "half an array": (["clip.mp4", "--disparity", "cut.npy"], "cut.npy"),
    "unequal maps": (["clip.mp4", "--disparity", "unequal"], "00003.png: is 64x64"),
    "maps of another shape": (["clip.mp4", "--disparity", "square"], "aspect"),
    "coloured maps": (["clip.mp4", "--disparity", "coloured"], "grey"),
    "no such network": (["clip.mp4", "--disparity", "nobody/nothing"], f"nobody/nothing: {NO_NETWORK}"),
    "no network of that name": (["clip.mp4", "--disparity", "salience"], "salience: no such file"),
    "normalised estimate": (["clip.mp4", "--disparity", "auto", "--normalise"], "--normalise"),
    "focus out of range": (["clip.mp4", "--focus", "7"], "focus 7"),
    "negative focus": (["clip.mp4", "--focus", "-0.5"], "focus -0.5"),
    "focus NaN": (["clip.mp4", "--focus", "nan"], "focus nan"),
    "focus of words": (["clip.mp4", "--focus", "banana"], "banana"),
    "no mask": (["clip.mp4", "--focus", "mask:none"], "none"),
    "too few masks": (["clip.mp4", "--focus", "mask:few masks"], "4 masks"),
    "empty masks": (["clip.mp4", "--focus", "mask:black"], "empty"),
    "point outside": (["clip.mp4", "--focus", "point:64.5,10"], "outside"),
    "point too late": (["clip.mp4", "--focus", "point:6,10@3"], "ends at"),
    "negative blur": (["clip.mp4", "--blur", "-3"], "blur is -3"),
    "absurd blur": (["clip.mp4", "--blur", "1e9"], "blur is 1e+09"),
    "blur NaN": (["clip.mp4", "--blur", "nan"], "blur is nan"),
    "blur of words": (["clip.mp4", "--blur", "much"], "much"),
    "focus range": (["clip.mp4", "--focus-range", "1.5"], "focus range is 1.5"),
    "no track": (["clip.mp4", "--track", "none.json"], "none.json"),
    "text as track": (["clip.mp4", "--track", "notes/note.txt"], "JSON"),
    "bad key in track": (["clip.mp4", "--track", "key.json"], "did you mean 'focus'"),
    "folder as track": (["clip.mp4", "--track", "maps"], "maps"),
    "end before start": (["clip.mp4", "--start", "0.2", "--end", "0.1"], "end 0.1"),
    "negative start": (["clip.mp4", "--start", "-1"], "start -1"),
    "start after the end": (["clip.mp4", "--start", "0.24"], "start"),
    "endless": (["clip.mp4", "--end", "inf"], "end is inf"),
    "start NaN": (["clip.mp4", "--start", "nan"], "start nan"),
    "unknown option": (["clip.mp4", "--blurr", "3"], "--blurr"),
    "abbreviated option": (["clip.mp4", "--over"], "--over"),
    "line break in an option": (["clip.mp4", "--no\nsuch"], "such"),
    "two inputs": (["clip.mp4", "another.mp4"], "another.mp4"),
    "renderer": (["clip.mp4", "--renderer", "nosuch"], "nosuch"),
    "device": (["clip.mp4", "--device", "tpu"], "tpu"),
    "aperture": (["clip.mp4", "--aperture", "star"], "star"),
    "aperture picture": (["clip.mp4", "--aperture", "image:notes/note.txt"], "note.txt"),
    "anamorphic": (["clip.mp4", "--anamorphic", "0"], "anamorphic"),
    "cat's eye": (["clip.mp4", "--cats-eye", "2"], "cat's eye"),
    "highlights": (["clip.mp4", "--highlights", "1,x"], "'x'"),
    "codec": (["clip.mp4", "--codec", "mpeg1"], "mpeg1"),
    "codec of another container": (["clip.mp4", "--codec", "ffv1"], "ffv1"),
    "crf": (["clip.mp4", "--crf", "99"], "crf 99"),
    "switch": (["clip.mp4", "--steady", "maybe"], "maybe"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    arguments, says = BAD[case]
    monkeypatch.chdir(inputs)
    defaults = {"--disparity": "maps", "--focus": "0.5"}
    given = [text for name, value in defaults.items() if name not in arguments for text in (name, value)]
    status, out, lines = run(capsys, "render", *arguments, *given, "-o", tmp_path / "o.mp4")
    assert status == 2
    assert len(lines) == 1 and says in lines[0], lines
    assert not out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("clip.mp4/o.mp4", "does not exist"),
        ("none/o.mp4", "does not exist"),
        ("o.xyz", "unknown file type .xyz"),
        ("o.png", "folder"),
        ("clip.mp4", "input"),
        ("maps", "input"),
        ("loop/o.mp4", "links"),
        ("x" * 300 + ".mp4", "too long"),
    ],
    ids=[
        "below a file",
        "no folder",
        "suffix",
        "image",
        "input",
        "maps",
        "loop",
        "long",
    ],
)
def test_bad_outputs_are_one_line(
    inputs: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, output: str, says: str
) -> None:
    monkeypatch.chdir(inputs)
    before = {file: file.lstat().st_mtime_ns for file in inputs.rglob("*")}
    common = ["--disparity", "maps", "--focus", "0.5", "--overwrite"]
    status, _, lines = run(capsys, "render", "clip.mp4", "-o", output, *common)
    assert status == 2
    assert len(lines) == 1 and says in lines[0], lines
    assert {file: file.lstat().st_mtime_ns for file in inputs.rglob("*")} == before


@pytest.mark.parametrize("content", [None, b"", b"no network at all"])
def test_a_depth_network_that_is_none_is_one_line(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture, content: bytes | None
) -> None:
    network = tmp_path / "depth.onnx"
    if content is not None:
        network.write_bytes(content)
    status, _, lines = run(
        capsys, "render", inputs / "clip.mp4", "-o", tmp_path / "a.mp4", "--disparity", network
    )
    assert status == 2
    assert len(lines) == 1 and "depth.onnx" in lines[0], lines
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize("arguments", [["render"], ["nosuch"], ["track", "a.mp4"], ["-x", "y"]])
def test_missing_arguments_are_one_line(capsys: pytest.CaptureFixture, arguments: list[str]) -> None:
    status, _, lines = run(capsys, *arguments)
    assert status == 2
    assert len(lines) == 1 and "--help" in lines[0]


def test_no_arguments_show_what_there_is(capsys: pytest.CaptureFixture) -> None:
    status, out, lines = run(capsys)
    assert (status, lines) == (0, [])
    assert len(out.splitlines()) < 20
    for line in out.splitlines():
        if line.startswith("  anybokeh "):
            _, name, *words = line.split("  ")[1].split()
            with pytest.raises(SystemExit, match="0"):
                main([name, *words, "--help"])


MEANT = {
    ("rendr", "clip.mp4"): "unknown command 'rendr'; did you mean render?",
    ("xyzzy",): "unknown command 'xyzzy'; expected render, batch, ",
    ("clip.mp4",): "'clip.mp4' is no command; to refocus it: anybokeh render clip.mp4 (",
    ("my clip.mov", "--blur", "8"): "anybokeh render 'my clip.mov' --blur 8 (",
    ("s3://bucket/clip",): "anybokeh render s3://bucket/clip (",
    ("render", "clip.mp4", "--disparty", "maps"): "unknown argument '--disparty'; did you mean --disparity?",
    ("render", "clip.mp4", "--disparty=maps"): "did you mean --disparity?",
    ("track", "clip.mp4", "-o", "a.json", "--focus-sped", "2"): "did you mean --focus-speed?",
    ("render", "clip.mp4", "--qwertz"): "unknown argument '--qwertz' (",
}


@pytest.mark.parametrize("arguments", MEANT, ids=" ".join)
def test_what_is_misspelt_is_answered_with_what_was_meant(
    capsys: pytest.CaptureFixture, arguments: tuple[str, ...]
) -> None:
    status, out, lines = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert len(lines) == 1 and MEANT[arguments] in lines[0], lines


def test_a_folder_is_a_clip_as_well(
    capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frames").mkdir()
    assert "anybokeh render frames (" in run(capsys, "frames")[2][0]


def test_without_a_name_the_result_lies_beside_the_clip(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make.video(tmp_path / "clip.mp4", tiny.pictures(2))
    tiny.images(tmp_path / "shot.v2", tiny.pictures(2))
    np.save("maps.npy", tiny.disparity(2))
    common = ["--disparity", "maps.npy", "--focus", "0.5", "--blur", "64", "--device", "cpu"]
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.*") if file.is_file()}
    for source, named in (
        ("clip.mp4", "clip.bokeh.mp4"),
        ("clip.mp4", "clip.bokeh-2.mp4"),
        ("shot.v2", "shot.v2.bokeh"),
        ("shot.v2", "shot.v2.bokeh-2"),
    ):
        status, _, lines = run(capsys, "render", source, *common)
        assert (status, len(lines)) == (0, 1) and lines[0].startswith(f"{named}: 2 frames")
    assert len(list((tmp_path / "shot.v2.bokeh-2").iterdir())) == 2
    assert {file: file.read_bytes() for file in before} == before
    assert run(capsys, "render", "clip.mp4", *common, "--resume")[0] == 0
    assert len(list(tmp_path.iterdir())) == 7


FEW = ["-o OUTPUT", "--disparity SOURCE", "--focus SPEC", "--blur K", "--focus-range R"]


def listed(capsys: pytest.CaptureFixture, *arguments: str) -> list[str]:
    """The options of a help, each with what is said of it."""
    with pytest.raises(SystemExit, match="0"):
        main(list(arguments))
    text = capsys.readouterr().out.split("\n\n", 1)[1]
    return [" ".join(part.split()) for part in text.split("\n  -")[1:]]


def test_help_lists_what_most_people_need_and_the_rest_on_demand(capsys: pytest.CaptureFixture) -> None:
    few = listed(capsys, "render", "--help")
    assert [f"-{line}".startswith(name) for line, name in zip(few, FEW, strict=False)] == [True] * 5
    assert [line.split()[0] for line in few[5:]] == ["h,", "-help-all"]
    every = listed(capsys, "render", "--help-all")
    assert {line.split()[0] for line in few} < {line.split()[0] for line in every}
    for flag, own in flags(RenderSettings).items():
        (line,) = [line for line in every if f"-{line}".split()[0] == flag.dashed]
        assert "(default " in line
        if is_number(own[0]):
            assert " to " in line or "after" in line, f"{flag.dashed} names no range"


def test_json_is_one_line_on_standard_output(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    common = ["--disparity", inputs / "maps", "--focus", "0.5", "--json", "--device", "cpu"]
    status, out, lines = run(
        capsys, "render", inputs / "clip.mp4", "-o", tmp_path / "o.mp4", *common, "--start", "0.08"
    )
    assert (status, lines) == (0, [])
    assert out.count("\n") == 1
    report = json.loads(out)
    assert list(report) == [*(field.name for field in fields(RenderReport)), "options"]
    assert set(JSON_FIELDS) <= set(report)
    assert report["options"]["start"] == 0.08
    assert (report["frames"], report["width"], report["height"]) == (4, 64, 48)
    assert report["renderer"] == "layered"
    assert report["disparity"] == str(inputs / "maps")
    assert report["output"] == str(tmp_path / "o.mp4")
    assert report["frames_per_second"] == pytest.approx(4 / report["seconds"])
    assert 10 < report["peak_memory_mb"] < 4000


def test_a_profile_tells_where_the_time_went(
    inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    common = ["--disparity", inputs / "maps", "--focus", "0.5", "--json", "--profile", "--device", "cpu"]
    status, out, lines = run(capsys, "render", inputs / "clip.mp4", "-o", tmp_path / "o.mp4", *common)
    assert status == 0
    profile = {one["stage"]: one for one in json.loads(out)["profile"]}
    expected = {"decode", "disparity", "steadying", "repair", "hidden surfaces", "shots"}
    expected |= {"rendering", "outlines", "layers", "finish", "encode", "wait"}
    assert expected <= set(profile)
    assert all(profile[name]["processor"] > 0 for name in expected)
    assert [line[:22].strip() for line in lines[1:]] == list(profile)


def test_resuming_a_whole_output_says_so(inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    arguments = ["render", inputs / "clip.mp4", "-o", tmp_path / "o.mp4", "--resume"]
    arguments += ["--disparity", inputs / "maps", "--focus", "0.5", "--device", "cpu"]
    assert run(capsys, *arguments)[0] == 0
    before = (tmp_path / "o.mp4").stat().st_mtime_ns
    assert main([str(argument) for argument in arguments]) == 0
    assert "already whole" in capsys.readouterr().err
    assert (tmp_path / "o.mp4").stat().st_mtime_ns == before
    status, out, _ = run(capsys, *arguments, "--json")
    assert status == 0 and json.loads(out)["frames"] == 6


def test_notes_are_printed(inputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    deep = [picture.astype(np.uint16) * 257 for picture in tiny.pictures(6)]
    source = tiny.lossless(tmp_path / "deep.mkv", deep)
    common = ["--disparity", str(inputs / "maps"), "--focus", "0.5", "--device", "cpu", "--codec", "h264"]
    assert main(["render", str(source), "-o", str(tmp_path / "o.mp4"), *common]) == 0
    assert "note: h264 stores 10 bits of the source's 16\n" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "numba", "cv2", "av", "scipy", "matplotlib", "rich", "onnxruntime")
    script = (
        "import sys\n"
        "from anybokeh.cli import main\n"
        "try: main(['render', '--help'])\n"
        f"except SystemExit: print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "usage: anybokeh render" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_libraries_add_no_lines_of_their_own(tmp_path: Path) -> None:
    frames = tiny.images(tmp_path / "frames", tiny.pictures(2))
    data = (frames / "0001.png").read_bytes()
    (frames / "0001.png").write_bytes(data[:2000] + data[-12:])
    tiny.maps(tmp_path / "maps", tiny.disparity(2))
    command = [sys.executable, "-m", "anybokeh.cli", "render", "frames", "-o", "out", "--disparity", "maps"]
    done = subprocess.run([*command, "--focus", "0.5"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "anybokeh: frames/0001.png: damaged or not an image; expected a PNG image\n"


@pytest.mark.parametrize("output", ["o.mp4", "folder"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_interruption_leaves_nothing(tmp_path: Path, number: signal.Signals, output: str) -> None:
    make.video(tmp_path / "a.mp4", tiny.pictures(60, 144, 256))
    disparity = tiny.disparity(60, 144, 256)
    np.save(tmp_path / "d.npy", disparity)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    command = [sys.executable, "-m", "anybokeh.cli", "render", "a.mp4", "-o", output]
    command += ["--disparity", "d.npy", "--focus", "0.5", "--blur", "200", "--device", "cpu"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        limit = time.monotonic() + 60
        while not any(file not in before for file in tmp_path.iterdir()):
            assert running.poll() is None and time.monotonic() < limit
            time.sleep(0.005)
        running.send_signal(number)
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err == "anybokeh: interrupted; nothing unfinished was left\n"
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 18 MB, which is just enough to begin."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=18m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("output", ["o.mp4", "o.mkv", "folder", "exr"])
def test_a_full_disk_is_reported_and_cleaned(
    inputs: Path, small_disk: Path, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anybokeh import render_clip
    from anybokeh.errors import InputError

    if output == "exr":
        pytest.importorskip("OpenEXR")

    def fill(done: int, total: int | None) -> None:
        filler = os.open(small_disk / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while os.write(filler, bytes(4096)):
                pass
        except OSError:
            os.close(filler)

    with pytest.raises(InputError, match="disk is full"):
        render_clip(
            make.video(inputs / "long.mp4", tiny.pictures(24)),
            small_disk / output,
            disparity=tiny.maps(small_disk.parent / "maps", tiny.disparity(24)),
            focus=0.5,
            device="cpu",
            codec="exr" if output == "exr" else None,
            progress=fill,
        )
    assert [file.name for file in small_disk.iterdir()] == ["filler"]


def test_too_little_room_is_reported_before_work(inputs: Path, tmp_path: Path, small_disk: Path) -> None:
    from anybokeh import render_clip
    from anybokeh.errors import InputError

    (small_disk / "filler").write_bytes(bytes(10 << 20))
    with pytest.raises(InputError, match="make room"):
        render_clip(inputs / "clip.mp4", small_disk / "o.mp4", disparity=inputs / "maps", focus=0.5)
    assert [file.name for file in small_disk.iterdir()] == ["filler"]
