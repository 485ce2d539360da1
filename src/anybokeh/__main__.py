"""`python -m anybokeh`: the command line."""

from __future__ import annotations

import sys

from anybokeh.cli import main

if __name__ == "__main__":
    sys.exit(main())
