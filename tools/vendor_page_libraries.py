"""Fetch the libraries of the studio's page from the npm registry into `studio/static/vendor`.

    python tools/vendor_page_libraries.py

Needs npm. Each package is known by the digest of its archive; another one is refused. Names of packages in
imports become relative paths, so that a browser finds them without an import map. Run again, it writes the
same files.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "src/anybokeh/studio/static/vendor"


@dataclass(frozen=True)
class Package:
    """One of npm. digest: SHA-256 of its archive. modules: what is taken of it, by the name that it gets.

    bundles: it holds other packages; its licence was put together by hand with theirs and is left as it is.
    """

    name: str
    version: str
    digest: str
    licence: str
    modules: dict[str, str]
    bundles: bool = False


PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "3c4456766bd32b6b534d52bf4e9c2a29b33e7eedf6e96ed479300ba1a7888ebf",
        "MIT",
        {"preact.js": "dist/preact.mjs", "preact-hooks.js": "hooks/dist/hooks.mjs"},
    ),
    Package(
        "@preact/signals-core",
        "1.14.5",
        "94c421ac996214c94f532fb4c43d8ede048a16df0cd9538ffb965174dbe8daba",
        "MIT",
        {"signals-core.js": "dist/signals-core.mjs"},
    ),
    Package(
        "@preact/signals",
        "2.11.4",
        "66ea8221dd8aaa0da2365d49c3f116b071d56cfb63b2e16c072c6b4e08a928b7",
        "MIT",
        {"signals.js": "dist/signals.mjs"},
    ),
    Package(
        "htm",
        "3.1.1",
        "2425b9bee11409177bcabc7f32e319926fc6690c1701c0b257c88bdff2d5ba90",
        "Apache-2.0",
        {"htm.js": "dist/htm.mjs"},
    ),
    Package(
        "tus-js-client",
        "4.3.1",
        "919f46808b2c689be9214df5c0f21879bee4a4599b34e212ada8f14de1db9bc0",
        "MIT",
        {"tus.min.js": "dist/tus.min.js"},
        bundles=True,
    ),
)

PATHS = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
"""Names in imports, and where they are found."""


def main() -> int:
    argparse.ArgumentParser(description="Fetch the libraries of the studio's page.").parse_args()
    for package in PACKAGES:
        for name, content in unpacked(package, fetched(package)).items():
            (FOLDER / name).write_bytes(content)
    (FOLDER / "README.md").write_text(readme(), "utf-8")
    return 0


def fetched(package: Package) -> bytes:
    """Its archive."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{package.name}@{package.version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def unpacked(package: Package, archive: bytes) -> dict[str, bytes]:
    """Files to keep of a package, by name; exits where the archive is another one."""
    digest = hashlib.sha256(archive).hexdigest()
    if digest != package.digest:
        sys.exit(f"{package.name} {package.version}: SHA-256 is {digest}, expected {package.digest}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:

        def read(path: str) -> bytes:
            member = opened.extractfile(f"package/{path}")
            assert member is not None, path
            return member.read()

        kept = {name: rewritten(read(path).decode()).encode() for name, path in package.modules.items()}
        if package.bundles:
            return kept
        stem = package.name.removeprefix("@").replace("/", "-")
        return kept | {f"{stem}-license.txt": read("LICENSE")}


def rewritten(script: str) -> str:
    """A module whose imports are relative paths, without the mention of a source map that is not there."""
    script = re.sub(r'\bfrom"([^"]+)"', lambda found: f'from"{PATHS[found[1]]}"', script)
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", script)


def readme() -> str:
    """What lies here, for readers."""
    rows = [
        f"| [{one.name}](https://www.npmjs.com/package/{one.name}) | {one.version} | {one.licence} "
        f"| {', '.join(f'`{name}`' for name in one.modules)} |"
        for one in PACKAGES
    ]
    head = """# Libraries of the page

Minified scripts as their authors published them on npm; `tools/vendor_page_libraries.py` fetches them,
checks their digests and makes their imports relative. Their licences lie beside them.

| package | version | licence | files |
|---|---|---|---|
"""
    tail = """
`tus.min.js` sends uploads and holds other packages; `tus-js-client-license.txt` was put together by hand
with their licences.
"""
    return head + "\n".join(rows) + "\n" + tail


if __name__ == "__main__":
    sys.exit(main())
