"""The page, which names its scripts: a browser then fetches all of them at once, not one after the other."""

from __future__ import annotations

from pathlib import Path

_MAIN = '  <script type="module"'


def page(static: Path) -> str:
    """The page of a folder of files that are served under /static; `NAME.min.js` is fetched when it is needed."""
    scripts = sorted(
        one.relative_to(static).as_posix() for one in static.rglob("*.js") if ".min." not in one.name
    )
    preloads = "".join(f'  <link rel="modulepreload" href="/static/{name}">\n' for name in scripts)
    return (static / "page.html").read_text("utf-8").replace(_MAIN, preloads + _MAIN, 1)
