"""The command line: one thin function a subcommand.

Exit status: 0 done; 2 bad arguments or input, with one line on standard error; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

from anybokeh import __version__
from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights
from anybokeh.settings import RenderSettings

_JSON_FIELDS = (
    "frames",
    "width",
    "height",
    "seconds",
    "frames_per_second",
    "renderer",
    "disparity",
    "peak_memory_mb",
    "output",
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return options.run(options)
    except InputError as error:
        print(f"anybokeh: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("anybokeh: interrupted; no output was left", file=sys.stderr)
        return 130
    except MemoryError:
        print("anybokeh: out of memory; close other programs or render a smaller clip", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="anybokeh", description="Refocus any video.")
    parser.add_argument("--version", action="version", version=f"anybokeh {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (_add_render, _add_demo, _add_track):
        add(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def _add_render(commands: Any) -> None:
    parser = _command(commands, "render", _render, "Refocus a clip.")
    parser.add_argument(
        "input", metavar="INPUT", help="video file, folder of images, or an official CSV list"
    )
    parser.add_argument("-o", "--output", required=True, help="video file or folder for images")
    _add_analysis_options(parser)
    parser.add_argument(
        "--steady", choices=("on", "off"), default="on", help="steady the disparity over time"
    )
    parser.add_argument("--repair", choices=("on", "off"), default="on", help="complete the scene at edges")
    parser.add_argument(
        "--renderer", default="auto", help="auto, layered, or the folder or hub id of a model"
    )
    _add_lens_options(parser)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--codec", help="h264, hevc, prores, ffv1, vp9, av1; for folders png, tiff, exr")
    parser.add_argument("--crf", type=float, help="quality on the encoder's scale, lower is better")
    parser.add_argument("--overwrite", action="store_true", help="replace OUTPUT")
    parser.add_argument("--resume", action="store_true", help="do nothing if OUTPUT is already whole")
    parser.add_argument("--json", action="store_true", help="print one line of JSON on standard output")


def _add_analysis_options(parser: Any) -> None:
    parser.add_argument(
        "--disparity", default="auto", help="folder of maps, .npy, .npz or video; white is near"
    )
    parser.add_argument("--normalise", action="store_true", help="stretch float maps to [0, 1], once a clip")
    parser.add_argument("--depth-map", choices=("near-dark", "metric"), help="the maps hold depth")
    parser.add_argument("--focus", help="disparity in [0, 1], mask:PATH or point:X,Y[@SECONDS]")
    parser.add_argument("--blur", type=float, help="K, blur radius at full disparity difference (default 16)")
    parser.add_argument(
        "--focus-range", type=float, help="half-width in disparity that stays sharp (default 0)"
    )
    parser.add_argument("--track", type=Path, help="track file with keyframes of focus, blur and range")
    parser.add_argument("--start", type=float, help="seconds")
    parser.add_argument("--end", type=float, help="seconds")


def _add_lens_options(parser: Any) -> None:
    parser.add_argument(
        "--aperture",
        default="disc",
        help="disc, blades:N or image:PATH, with ,rotation=DEG ,roundness=0..1 ,rim=-1..1",
    )
    parser.add_argument("--anamorphic", type=float, default=1.0, help="height over width of the blur")
    parser.add_argument("--cats-eye", type=float, default=0.0, help="0 to 1, cut discs towards the corners")
    parser.add_argument("--highlights", default="0", help="STRENGTH[,THRESHOLD]: brighten clipped highlights")


def _add_demo(commands: Any) -> None:
    parser = _command(commands, "demo", _demo, "Refocus the bundled clip and compare it with the truth.")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("out/demo"), help="folder (default out/demo)"
    )


def _add_track(commands: Any) -> None:
    parser = _command(commands, "track", _track, "Write the focus of every frame as an editable track file.")
    parser.add_argument("input", metavar="INPUT", help="video file or folder of images")
    parser.add_argument("-o", "--output", type=Path, required=True, help="track file (JSON)")
    _add_analysis_options(parser)
    parser.add_argument("--plot", type=Path, help="draw focus, blur and range over time as a PNG")
    parser.add_argument("--overwrite", action="store_true", help="replace OUTPUT")


def _analysis_settings(options: argparse.Namespace) -> RenderSettings:
    names = ("disparity", "normalise", "depth_map", "focus", "blur", "focus_range", "track", "start", "end")
    return RenderSettings(overwrite=options.overwrite, **{name: getattr(options, name) for name in names})


def _render_settings(options: argparse.Namespace) -> RenderSettings:
    lens = Lens(anamorphic=options.anamorphic, cats_eye=options.cats_eye)
    lens = parse_highlights(options.highlights, parse_aperture(options.aperture, lens))
    names = ("renderer", "device", "codec", "crf", "resume")
    return replace(
        _analysis_settings(options),
        lens=lens,
        steady=options.steady == "on",
        repair=options.repair == "on",
        **{name: getattr(options, name) for name in names},
    )


def _render(options: argparse.Namespace) -> int:
    from anybokeh.official import official_jobs
    from anybokeh.refocus import render_clip

    settings = _render_settings(options)
    for source, output, own in official_jobs(options.input, options.output, settings):
        with _progress() as progress:
            report = render_clip(source, output, settings=own, progress=progress)
        for note in report.notes:
            print(f"note: {note}", file=sys.stderr)
        if options.json:
            fields = asdict(report)
            print(json.dumps({name: fields[name] for name in _JSON_FIELDS}))
        else:
            speed = f"{report.frames_per_second:.1f} frames a second"
            print(f"{report.output}: {report.frames} frames, {speed}", file=sys.stderr)
    return 0


def _demo(options: argparse.Namespace) -> int:
    from anybokeh.demo import run_demo

    with _progress() as progress:
        made = run_demo(options.output, progress=progress)
    print(f"refocused clip:       {made.clip}")
    print(f"side by side, moving: {made.side_by_side}")
    print(f"side by side, still:  {made.picture}")
    print(f"PSNR against the truth: {made.psnr:.1f} dB (the input itself: {made.psnr_of_input:.1f} dB)")
    return 0


def _track(options: argparse.Namespace) -> int:
    from anybokeh.tracking import write_track

    for note in write_track(options.input, options.output, _analysis_settings(options), plot=options.plot):
        print(f"note: {note}", file=sys.stderr)
    print(options.output)
    return 0


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar with the remaining time on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("rendering", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


if __name__ == "__main__":
    sys.exit(main())
