"""Run the fast tests on every further Python of this machine, all at once, each in an environment of its own.

    python tools/other_pythons.py [--in build/pythons]

Looked for are the versions that pyproject.toml names, on the PATH and in pyenv, without the own one. PyTorch,
Ray and the browser are left out; what needs them skips. A Python whose packages cannot be installed is named
and passed over. Exit status: 0 no test failed, 1 some did.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "OpenEXR",
    "filelock",
    "fsspec",
    "hypothesis",
    "matplotlib",
    "pytest",
    "pytest-timeout",
    "pyyaml",
    "safetensors",
    "sse-starlette",
    "starlette",
    "uvicorn",
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the fast tests on every further Python.")
    parser.add_argument("--in", dest="folder", type=Path, default=ROOT / "build/pythons", help="environments")
    options = parser.parse_args()
    found = {version: python for version in further_versions() if (python := find_python(version))}
    if not found:
        print("there is no further Python on this machine")
    with ThreadPoolExecutor(len(found) or 1) as pool:
        return int(not all(pool.map(lambda item: check(*item, options.folder), found.items())))


def further_versions() -> list[str]:
    """Versions such as 3.12 that the project names, but for this one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = (re.fullmatch(r".*Python :: (3\.\d+)", line) for line in project["classifiers"])
    own = f"3.{sys.version_info.minor}"
    return [one[1] for one in named if one and one[1] != own]


def find_python(version: str) -> str | None:
    """An interpreter of that version, on the PATH or in pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    # commands of pyenv stand on the PATH even where their version is not chosen, and then fail
    for python in (shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))):
        if python is None:
            continue
        asked = [str(python), "-c", "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(asked, capture_output=True, text=True)
        if answer.returncode == 0 and answer.stdout.strip() == version:
            return str(python)
    return None


def check(version: str, python: str, folder: Path) -> bool:
    """Whether no test fails on a Python."""
    started = time.perf_counter()
    own = folder / version / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--constraint", ROOT / "constraints.txt", "--editable", ROOT, *PACKAGES]
    for command in ([python, "-m", "venv", folder / version], pip):
        done = run(command)
        if done.returncode:
            reason = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
            print(f"Python {version} is not tested: its packages cannot be installed ({reason})", flush=True)
            return True
    ready = time.perf_counter()
    done = run([own, "-m", "pytest", "-m", "not slow", "-p", "no:cacheprovider"])
    shown = done.stdout if done.returncode else (done.stdout.strip().splitlines() or [""])[-1]
    seconds = f"{ready - started:.0f} s to install, {time.perf_counter() - ready:.0f} s to test"
    print(f"Python {version}, {seconds}: {shown}", flush=True)
    return done.returncode == 0


def run(command: list[object]) -> subprocess.CompletedProcess[str]:
    """Both outputs together, as text."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


if __name__ == "__main__":
    sys.exit(main())
