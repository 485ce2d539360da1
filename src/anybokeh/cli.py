"""The command line: one thin function a subcommand.

Exit status: 0 done; 2 bad arguments or input, with one line on standard error; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from anybokeh import __version__
from anybokeh.commands.batch import add_batch
from anybokeh.commands.cluster import add_cluster_options, cluster_of
from anybokeh.commands.common import command
from anybokeh.commands.depth import add_depth
from anybokeh.commands.eval import add_eval
from anybokeh.commands.models import add_models
from anybokeh.commands.studio import add_studio
from anybokeh.commands.synth import add_synth
from anybokeh.commands.train import add_train
from anybokeh.errors import InputError
from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights
from anybokeh.runtime.interrupts import interruptible
from anybokeh.runtime.log import Log
from anybokeh.runtime.progress import progress as progress_bar
from anybokeh.runtime.system import keep_freed_memory
from anybokeh.settings import RenderSettings

if TYPE_CHECKING:
    from anybokeh.refocus.refocus import RenderReport

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
    "resumed",
    "waiting_for_input",
    "rendering",
    "waiting_for_output",
    "joining",
    "analysing",
    "transferring",
    "repeated",
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {_one_line(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        options.parser.error(f"unknown argument {unknown[0]!r}")
    keep_freed_memory()
    # OpenCV reports damaged images by itself, beside the one line that says how to mend them
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    with interruptible() as signals, warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            return options.run(options)
        except KeyboardInterrupt:
            pass
        except Exception as error:
            # stopping in the middle may raise anything
            if not signals:
                print(f"anybokeh: {_one_line(_explanation(error))}", file=sys.stderr)
                return 2
    print(f"anybokeh: interrupted; {_left(options)}", file=sys.stderr)
    return 130


def _show_warning(message: Warning | str, *_: object) -> None:
    print(f"note: {_one_line(str(message))}", file=sys.stderr)


def _left(options: argparse.Namespace) -> str:
    """What an interrupted command leaves on the disk."""
    output = Path(getattr(options, "output", None) or "")
    if options.run is _render and (_begun(output) or any(output.glob(".*.anybokeh"))):
        return "--resume goes on from here"
    return "nothing unfinished was left"


def _begun(output: Path) -> bool:
    from anybokeh.segments.work_folder import folder_of

    return folder_of(output).is_dir()


def _explanation(error: Exception) -> str:
    """What to tell the user of an error that is no fault of the program; others are raised again."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory; close other programs or render a smaller clip"
    if isinstance(error, OSError):
        # of the system rather than of a value: a folder that vanished, a name too long
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    raise error


def _one_line(message: str) -> str:
    return " ".join(message.splitlines())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="anybokeh", description="Refocus any video.")
    parser.add_argument("--version", action="version", version=f"anybokeh {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    own = (_add_render, add_batch, _add_demo, _add_track)
    for add in (*own, add_studio, add_depth, add_synth, add_eval, add_models, add_train):
        add(commands)
    return parser


def _add_render(commands: Any) -> None:
    parser = command(commands, "render", _render, "Refocus a clip.")
    parser.add_argument(
        "input",
        metavar="INPUT",
        help="video file, folder of images, or an official CSV list; by path or URL (s3://, gs://)",
    )
    parser.add_argument(
        "-o", "--output", metavar="OUTPUT", required=True, help="video file or folder for images"
    )
    _add_analysis_options(parser)
    _add_scene_options(parser)
    _add_lens_options(parser)
    _add_output_options(parser)
    add_cluster_options(parser)


def _add_analysis_options(parser: Any) -> None:
    group = parser.add_argument_group("where is what")
    group.add_argument(
        "--disparity",
        metavar="SOURCE",
        default="auto",
        help="maps (folder, .npy, .npz or video; white is near), a depth network (folder or hub id), or auto",
    )
    group.add_argument(
        "--depth-size", metavar="PIXELS", type=int, help="shorter side of what a depth network sees"
    )
    group.add_argument("--normalise", action="store_true", help="stretch float maps to [0, 1], once a clip")
    group.add_argument("--depth-map", choices=("near-dark", "metric"), help="the maps hold depth")
    group = parser.add_argument_group("focus and blur")
    group.add_argument(
        "--focus",
        metavar="SPEC",
        help="disparity in [0, 1], point:X,Y[@SECONDS], box:LEFT,TOP,RIGHT,BOTTOM[@SECONDS], mask:PATH, "
        "subject or auto (default auto)",
    )
    group.add_argument(
        "--blur", metavar="K", type=float, help="radius at full disparity difference (default 16)"
    )
    group.add_argument(
        "--focus-range",
        metavar="R",
        type=float,
        help="half-width in disparity that stays sharp (default 0; a followed thing's own depth)",
    )
    group.add_argument(
        "--focus-speed", metavar="S", type=float, help="1 racks in half a second, 2 in half of that"
    )
    group.add_argument(
        "--subject-model",
        metavar="MODEL",
        default="auto",
        help="SAM 2 or EdgeTAM that follows points and boxes (folder or hub id; default auto: from the local "
        "cache; off: none)",
    )
    group.add_argument("--track", metavar="FILE", help="keyframes of focus, blur and range (JSON)")
    group = parser.add_argument_group("the clip")
    group.add_argument(
        "--on-damage",
        choices=("fail", "repeat"),
        default="fail",
        help="frames that cannot be decoded: fail, or repeat the last good one and tell which",
    )
    group.add_argument("--start", metavar="S", type=float, help="first moment in seconds")
    group.add_argument("--end", metavar="S", type=float, help="where to stop, in seconds")


def _add_scene_options(parser: Any) -> None:
    group = parser.add_argument_group("how to render")
    group.add_argument("--renderer", metavar="NAME", default="auto", help="auto or layered (default auto)")
    group.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    group.add_argument("--steady", choices=("on", "off"), default="on", help="steady the disparity over time")
    group.add_argument("--matte", metavar="MODEL", help="decide hair and fences by a VitMatte model")
    group.add_argument(
        "--repair", choices=("on", "off"), default="on", help="use what the repair network is proven in"
    )


def _add_lens_options(parser: Any) -> None:
    group = parser.add_argument_group("lens")
    group.add_argument(
        "--aperture",
        metavar="SHAPE",
        default="disc",
        help="disc, blades:N or image:PATH, with ,rotation=DEG ,roundness=0..1 ,rim=-1..1",
    )
    group.add_argument(
        "--anamorphic", metavar="RATIO", type=float, default=1.0, help="height over width of the blur"
    )
    group.add_argument(
        "--cats-eye", metavar="0..1", type=float, default=0.0, help="cut discs towards the corners"
    )
    group.add_argument(
        "--highlights", metavar="STRENGTH[,THRESHOLD]", default="0", help="brighten clipped highlights"
    )


def _add_output_options(parser: Any) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--codec", metavar="NAME", help="h264, hevc, prores, ffv1, vp9, av1; for folders png, tiff, exr"
    )
    group.add_argument(
        "--crf", metavar="N", type=float, help="quality on the encoder's scale, lower is better"
    )
    group.add_argument("--overwrite", action="store_true", help="replace OUTPUT")
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on where a render was stopped; do nothing if OUTPUT is already whole",
    )
    group.add_argument(
        "--segment-frames",
        metavar="N",
        type=int,
        help="finished frames are kept so many at a time, about (default 24)",
    )
    group.add_argument("--log", metavar="FILE", type=Path, help="append events there as JSON lines")
    group.add_argument("--json", action="store_true", help="print one line of JSON on standard output")


def _add_demo(commands: Any) -> None:
    parser = command(commands, "demo", _demo, "Refocus the bundled clip and compare it with the truth.")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path("out/demo"),
        help="where the results go (default out/demo)",
    )


def _add_track(commands: Any) -> None:
    parser = command(commands, "track", _track, "Write the focus of every frame as an editable track file.")
    parser.add_argument("input", metavar="INPUT", help="video file or folder of images")
    parser.add_argument(
        "-o", "--output", metavar="OUTPUT", type=Path, required=True, help="track file (JSON)"
    )
    _add_analysis_options(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "--plot", metavar="FILE", type=Path, help="draw focus, confidence, blur and range as a PNG"
    )
    group.add_argument("--overwrite", action="store_true", help="replace OUTPUT")


def _analysis_settings(options: argparse.Namespace) -> RenderSettings:
    names = (
        "disparity",
        "depth_size",
        "normalise",
        "depth_map",
        "focus",
        "focus_speed",
        "subject_model",
        "focus_range",
        "blur",
        "on_damage",
    )
    return RenderSettings(
        track=options.track,
        start=options.start,
        end=options.end,
        overwrite=options.overwrite,
        **{name: getattr(options, name) for name in names},
    )


def _render_settings(options: argparse.Namespace) -> RenderSettings:
    lens = Lens(anamorphic=options.anamorphic, cats_eye=options.cats_eye)
    lens = parse_highlights(options.highlights, parse_aperture(options.aperture, lens))
    names = ("renderer", "device", "matte", "codec", "crf", "resume", "segment_frames")
    return replace(
        _analysis_settings(options),
        lens=lens,
        steady=options.steady == "on",
        repair=options.repair == "on",
        **{name: getattr(options, name) for name in names},
    )


def _render(options: argparse.Namespace) -> int:
    from anybokeh.refocus.official_jobs import official_jobs
    from anybokeh.refocus.refocus import render_clip

    settings = _render_settings(options)
    out = sys.stdout
    with Log(options.log) as log, cluster_of(options) as cluster:
        for source, output, own in official_jobs(options.input, options.output, settings):
            with progress_bar() as progress:
                report = render_clip(
                    source, output, settings=own, progress=progress, log=log, cluster=cluster
                )
            _report(report, out if options.json else None)
    return 0


def _report(report: RenderReport, json_to: TextIO | None) -> None:
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    if json_to is not None:
        fields = asdict(report)
        print(json.dumps({name: fields[name] for name in _JSON_FIELDS}), file=json_to)
    else:
        speed = f", {report.frames_per_second:.1f} frames a second" if report.seconds else ""
        print(f"{report.output}: {report.frames} frames{speed}", file=sys.stderr)


def _demo(options: argparse.Namespace) -> int:
    from anybokeh.demo import run_demo

    with progress_bar() as progress:
        made = run_demo(options.output, progress=progress)
    print(f"refocused clip:       {made.clip}")
    print(f"side by side, moving: {made.side_by_side}")
    print(f"side by side, still:  {made.picture}")
    print(f"PSNR against the truth: {made.psnr:.1f} dB (the input itself: {made.psnr_of_input:.1f} dB)")
    return 0


def _track(options: argparse.Namespace) -> int:
    from anybokeh.refocus.tracking import write_track

    for note in write_track(options.input, options.output, _analysis_settings(options), plot=options.plot):
        print(f"note: {note}", file=sys.stderr)
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
