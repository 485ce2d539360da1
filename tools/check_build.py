"""Build the packages twice, in folders of their own, and compare: a release must come out the same anywhere.

    python tools/check_build.py [--into dist]

Warns where addresses of whoever publishes are not filled in. Needs git, build and hatchling. Exit status: 0
all is well; 1 builds differ, or a wheel is too large.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {".": 5e6, "packages/anybokeh-nano": 32e6}
"""Folders with a pyproject.toml, and the most bytes that their wheels may have."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the packages twice and compare.")
    parser.add_argument("--into", type=Path, help="keep what was built here")
    options = parser.parse_args()
    missing = unfilled(ROOT)
    if missing:
        print(f"warning: to be filled in before publishing: {', '.join(missing)}", file=sys.stderr)
    # the time that archives tell: that of the commit
    epoch = git("log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as folder:
        both = [build_all(Path(folder, name), epoch) for name in ("first", "second")]
        if options.into:
            options.into.mkdir(parents=True, exist_ok=True)
            for file in both[0]:
                shutil.copy(file, options.into)
        return judge(*({file.name: file.read_bytes() for file in files} for files in both))


ADDRESSES = {
    "pyproject.toml": ("project.urls.Repository",),
    "comfyui/pyproject.toml": ("project.urls.Repository", "tool.comfy.PublisherId"),
}
"""Keys that only whoever publishes can give a value."""


def unfilled(root: Path) -> list[str]:
    """Keys of `ADDRESSES` that are missing or empty, after their file's name."""
    found = []
    for name, keys in ADDRESSES.items():
        content = tomllib.loads((root / name).read_text(encoding="utf-8"))
        for key in keys:
            value = content
            for part in key.split("."):
                value = value.get(part, {})
            if not value:
                found.append(f"{name} {key}")
    return found


def build_all(folder: Path, epoch: str) -> list[Path]:
    """Archives of every package, built from a copy of the tracked files."""
    source, output = folder / "source", folder / "dist"
    for name in git("ls-files", "-z").split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    for package in PACKAGES:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), package]
        environment = os.environ | {"SOURCE_DATE_EPOCH": epoch}
        done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{package}: cannot be built\n{done.stdout}{done.stderr}")
    return sorted(output.iterdir())


def judge(first: dict[str, bytes], second: dict[str, bytes]) -> int:
    """Print digests and sizes of archives by name; 1 where something is wrong, else 0."""
    wrong = set(first) != set(second)
    limits = {Path(package).name.replace("-", "_") or "anybokeh": most for package, most in PACKAGES.items()}
    for name, content in first.items():
        large = name.endswith(".whl") and len(content) > limits[name.split("-")[0]]
        differs = content != second.get(name)
        wrong |= large or differs
        remark = f"{' TOO LARGE' * large}{' BUILT DIFFERENTLY' * differs}"
        print(f"{hashlib.sha256(content).hexdigest()}  {name}  {len(content) / 1e6:.2f} MB{remark}")
    return int(wrong)


def git(*arguments: str) -> str:
    """What git says."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
