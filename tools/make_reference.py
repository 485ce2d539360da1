"""Write docs/reference.md from the table of options and the report of a render.

python tools/make_reference.py
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from anybokeh.job.refocus import RenderReport
from anybokeh.options.reference import options_table
from anybokeh.settings import RenderSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"


def report_table() -> str:
    """Markdown: the fields that `--json` prints, from the docstring of the report."""
    text = inspect.getdoc(RenderReport) or ""
    rows = re.findall(r"^    ([\w, ]+): (.+(?:\n        .+)*)", text, re.MULTILINE)
    lines = [
        f"| {', '.join(f'`{one}`' for one in names.split(', '))} | {' '.join(about.split())} |\n"
        for names, about in rows
    ]
    return "| field | what |\n|---|---|\n" + "".join(lines)


def page() -> str:
    """The whole page."""
    return f"""# Reference

This page is written by `tools/make_reference.py` from the tables in `settings.py` and
`optics/lens.py`.

## Options

Columns of a batch manifest have the names of the last column; where an option is `on|off`, `true` and `false`
do as well.

{options_table(RenderSettings())}
## The report

`anybokeh render --json` prints one line of JSON on standard output:

{report_table()}| `profile` | with `--profile`: seconds of each stage, see [there](guide.md#what-is-said) |
| `options` | every option of the render, by name |
"""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
