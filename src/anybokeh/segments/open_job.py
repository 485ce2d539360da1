"""Beginning a render's output anew, or where an earlier run was stopped."""

from __future__ import annotations

from pathlib import Path

from anybokeh.clip.outputs import unwritable
from anybokeh.errors import InputError
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.segments.fingerprint import Fingerprint, difference
from anybokeh.segments.resumable import ResumableOutput, Target
from anybokeh.segments.work_folder import WorkFolder, folder_of

_FRAMES = 24


class NotResumable(InputError):
    """What an earlier run left belongs to another render."""


def frames_kept_at_a_time(plan: SegmentPlan, requested: int | None) -> int:
    """Frames of the segments on the disk: about a second, or at least as many as were asked for.

    They are whole numbers of the renderer's own, so that a resumed render cuts the clip as the first one did.
    """
    return plan.length * -(-(requested or _FRAMES) // plan.length)


def open_job(target: Target, identity: Fingerprint, length: int, resume: bool) -> ResumableOutput:
    """Begin an output, or take over what an earlier run left of it.

    Args:
        target: where it goes.
        identity: what the render depends on.
        length: frames of a segment on the disk.
        resume: whether to take over; else what is there is deleted.

    Raises:
        InputError: another process renders it, or the earlier run was another render.
    """
    identity = {**identity, "frames of a segment": str(length)}
    try:
        folder = WorkFolder.open(target.path)
    except OSError as error:
        raise unwritable(target.path, error) from error
    try:
        output = ResumableOutput(target, folder, length)
        job = folder.read_job()
        if resume and job is not None:
            reason = difference(job, identity)
            if reason is not None:
                raise NotResumable(
                    f"{target.path}: cannot be resumed: {reason}; resume it as it was begun, or render it"
                    " without --resume to start anew"
                )
            output.take_over()
            return output
        if folder.numbers():
            output.notes.append(f"{target.path}: begun anew; --resume goes on where a render was stopped")
        folder.clear()
        folder.write_job(identity)
        return output
    except OSError as error:
        folder.close()
        raise unwritable(target.path, error) from error
    except BaseException:
        folder.close()
        raise


def finished_before(output: Path, overwrite: bool) -> bool:
    """Whether an output that is there is to be left alone; tidies up after a run killed at its very end."""
    if not folder_of(output).is_dir():
        return True
    folder = WorkFolder.open(output)
    if folder.is_in_place(output) or (folder.is_empty() and not overwrite):
        folder.remove()
        return True
    folder.close()
    # segments beside an output are of a render that was to replace it
    return not overwrite
