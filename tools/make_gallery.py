"""Write the docs' gallery: every example with the picture that it makes.

    python tools/make_gallery.py

Runs all examples, which takes minutes, and writes docs/gallery.md and docs/images/gallery/.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 960
"""Most pixels of a picture's width."""
HEAD = """# Gallery

Every script of `examples/` and the picture that it makes of the bundled clip.
"""
NOTEBOOK = "Frames and lenses in a notebook, which shows shots as small pictures."


def main() -> None:
    argparse.ArgumentParser(description="Write the docs' gallery.").parse_args()
    pages = [HEAD]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for example in sorted((ROOT / "examples").iterdir()):
            if example.suffix in (".py", ".ipynb"):
                run(example, folder)
                pages.append(entry(example, folder / f"{example.stem}.jpg"))
    (ROOT / "docs" / "gallery.md").write_text("\n".join(pages), encoding="utf-8")


def run(example: Path, folder: Path) -> None:
    """Run an example, which leaves its picture in the folder."""
    words = [str(example), str(folder)] if example.suffix == ".py" else ["-c", code_of(example)]
    subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True)


def code_of(notebook: Path) -> str:
    """All code of a notebook, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def entry(example: Path, picture: Path) -> str:
    """An example's part of the page; its picture is written smaller beside those of the docs."""
    about = NOTEBOOK
    if example.suffix == ".py":
        about = (ast.get_docstring(ast.parse(example.read_text(encoding="utf-8"))) or "").splitlines()[0]
    lines = [f"## `examples/{example.name}`", "", about, ""]
    if picture.exists():
        target = ROOT / "docs" / "images" / "gallery" / picture.name
        target.parent.mkdir(exist_ok=True)
        pixels = cv2.imread(str(picture))
        if pixels.shape[1] > WIDTH:
            size = WIDTH, round(pixels.shape[0] * WIDTH / pixels.shape[1])
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(target), pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])
        lines += [f"![What {example.name} makes](images/gallery/{picture.name})", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
