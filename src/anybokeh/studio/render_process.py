"""The process that renders one job of the studio: `python -m anybokeh.studio.render_process FOLDER`.

Reports its progress in lines of JSON on standard output. A signal to end leaves what is finished, for the
next run to go on from.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path

from anybokeh.runtime.interrupts import interruptible
from anybokeh.runtime.steps import Remaining, Steps
from anybokeh.runtime.system import keep_freed_memory
from anybokeh.studio.background_task import sentence_of
from anybokeh.studio.render_job import RenderJob

_NICENESS = 5
"""The page answers first."""
_SECONDS = 0.2


def main() -> int:
    """Render the job of the folder in the arguments."""
    folder = Path(sys.argv[1])
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    keep_freed_memory()
    last, remaining = (0.0, ""), Remaining()

    def progress(step: str, done: int, total: int | None) -> None:
        nonlocal last
        left = remaining.text(step, done, total)
        if time.monotonic() - last[0] > _SECONDS or step != last[1] or done == total:
            last = time.monotonic(), step
            tell(step=step, done=done, total=total, left=left)

    with interruptible() as signals:
        try:
            from anybokeh.job.refocus import render_clip

            job = RenderJob.load(folder)
            report = render_clip(
                job.clip,
                folder / job.output,
                settings=job.settings(folder),
                progress=Steps(progress, lambda note: tell(note=note)),
            )
            tell(frames=report.frames, seconds=round(report.seconds, 2), notes=report.notes)
            return 0
        except KeyboardInterrupt:
            pass
        except Exception as error:
            if not signals:
                # into the render's log
                traceback.print_exception(error)
                tell(error=sentence_of(error))
                return 2
    return 130


def tell(**values: object) -> None:
    """One line for the studio."""
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    sys.exit(main())
