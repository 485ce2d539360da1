"""The command line: which commands there are, and what their errors and interrupts look like.

Exit status: 0 done; 2 bad arguments or input, with one line on standard error; 130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from anybokeh import __version__
from anybokeh.commands.batch import add_batch
from anybokeh.commands.completion import add_completion
from anybokeh.commands.demo import add_demo
from anybokeh.commands.depth import add_depth
from anybokeh.commands.doctor import add_doctor
from anybokeh.commands.eval import add_eval
from anybokeh.commands.models import add_models
from anybokeh.commands.parser import Parser, nearest
from anybokeh.commands.probe import add_probe
from anybokeh.commands.render import add_render
from anybokeh.commands.studio import add_studio
from anybokeh.commands.synth import add_synth
from anybokeh.commands.track import add_track
from anybokeh.commands.train import add_train
from anybokeh.errors import InputError
from anybokeh.options import is_url
from anybokeh.runtime.interrupts import interruptible
from anybokeh.runtime.system import keep_freed_memory

_COMMANDS = (
    add_render,
    add_batch,
    add_demo,
    add_probe,
    add_track,
    add_studio,
    add_depth,
    add_synth,
    add_eval,
    add_models,
    add_train,
    add_doctor,
)


_OVERVIEW = """\
anybokeh refocuses video: what is nearer or farther than the focus gets the blur of a lens.

  anybokeh demo                             see it on a clip that comes along
  anybokeh render clip.mp4                  focus on the subject; writes clip.bokeh.mp4
  anybokeh render clip.mp4 --focus point:50%,40% --blur 32
                                            follow a point, blur more
  anybokeh render clip.mp4 --disparity maps/
                                            with maps of what is near
  anybokeh studio clip.mp4                  do it by clicking, in the browser
  anybokeh batch clips.csv                  render many clips

anybokeh --help lists all commands, anybokeh render --help what most people need of one.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        print(_OVERVIEW, end="")
        return 0
    parser, names = make_parser()
    _check_command(parser, names, arguments)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown[0])
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
    print(f"anybokeh: interrupted; {options.left(options)}", file=sys.stderr)
    return 130


def _show_warning(message: Warning | str, *_: object) -> None:
    print(f"note: {_one_line(str(message))}", file=sys.stderr)


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


def _check_command(parser: Parser, names: Iterable[str], arguments: Sequence[str]) -> None:
    """Say what was meant where the first word is no command."""
    word = next((one for one in arguments if not one.startswith("-")), None)
    if word is None or word in names:
        return
    if is_url(word) or Path(word).suffix or Path(word).exists():
        command = shlex.join(("anybokeh", "render", *arguments))
        parser.error(f"{word!r} is no command; to refocus it: {command}")
    meant = nearest(word, names)
    expected = f"did you mean {meant}?" if meant else f"expected {', '.join(names)}"
    parser.error(f"unknown command {word!r}; {expected}")


def make_parser() -> tuple[Parser, tuple[str, ...]]:
    """The parser of the command line, and the names of the commands."""
    parser = Parser(prog="anybokeh", description="Refocus any video.")
    parser.add_argument("--version", action="version", version=f"anybokeh {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    add_completion(commands, parser)
    return parser, tuple(commands.choices)


if __name__ == "__main__":
    sys.exit(main())
