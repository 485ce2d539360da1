"""Lists in the layout of the official any-to-bokeh release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from anybokeh.disparity.official import read_official_csv
from anybokeh.errors import InputError
from anybokeh.settings import RenderSettings
from anybokeh.storage.urls import is_url


def official_jobs(
    input: str | Path, output: str | Path, settings: RenderSettings
) -> Iterator[tuple[str | Path, str | Path, RenderSettings]]:
    """What to render: one clip, or every row of a CSV with the columns aif_folder, disp_folder and k.

    A list of several clips makes OUTPUT a folder that receives one folder a clip, named like its input.
    """
    if is_url(input) or Path(input).suffix.lower() != ".csv":
        yield input, output, settings
        return
    if is_url(output):
        raise InputError(f"{output}: lists are rendered to folders here; use anybokeh batch")
    input, output = Path(input), Path(output)
    clips = read_official_csv(input)
    if len(clips) > 1:
        _check_names(input, [clip.aif_folder.name for clip in clips])
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{output}: cannot be made a folder of clips ({error.strerror}); give another path"
            ) from None
    for clip in clips:
        blur = clip.blur if settings.blur is None and settings.f_number is None else settings.blur
        target = output if len(clips) == 1 else output / clip.aif_folder.name
        yield clip.aif_folder, target, replace(settings, disparity=clip.disp_folder, blur=blur)


def _check_names(list_file: Path, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"{list_file}: several clips are called {twice}, and so would be their outputs; rename them"
        )
