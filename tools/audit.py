"""Look for known holes in the pinned dependencies, where a database of them can be reached.

    python tools/audit.py constraints.txt

Exit status: 0 none is known, or no database can be reached, which is said; 1 some are known.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run pip-audit and tell holes from a missing network, for which it ends alike."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--requirement",
            sys.argv[1],
            "--no-deps",
            "--disable-pip",
        ]
        command += [
            "--format",
            "json",
            "--output",
            str(report),
            "--progress-spinner",
            "off",
            "--timeout",
            "10",
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
            reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        except subprocess.TimeoutExpired:
            reason = "no answer for ten minutes"
        try:
            found = json.loads(report.read_text())["dependencies"]
        except (OSError, ValueError, KeyError):
            print(f"dependencies are not audited: no database can be reached ({reason[:200]})")
            return 0
    holes = [(one["name"], one["version"], hole) for one in found for hole in one.get("vulns", ())]
    for name, version, hole in holes:
        fixed = ", ".join(hole.get("fix_versions", ())) or "none"
        print(f"{name} {version}: {hole['id']}, fixed in {fixed}")
    print(f"{len(found)} dependencies audited, {len(holes)} known holes")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
