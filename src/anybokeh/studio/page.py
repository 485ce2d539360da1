"""The page, which names its scripts: a browser then fetches all of them at once, not one after the other."""

from __future__ import annotations

from pathlib import Path

_MAIN = '  <script type="module"'


def page(static: Path) -> str:
    """The page of a folder of files that are served under /static.

    What is called `NAME.min.js` is left out: the page fetches it when it is needed.
    """
    scripts = (one for one in static.rglob("*.js") if not one.name.endswith(".min.js"))
    names = sorted(one.relative_to(static).as_posix() for one in scripts)
    preloads = "".join(f'  <link rel="modulepreload" href="/static/{name}">\n' for name in names)
    return (static / "page.html").read_text("utf-8").replace(_MAIN, preloads + _MAIN, 1)
