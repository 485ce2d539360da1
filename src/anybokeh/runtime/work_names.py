"""Names of the hidden files and folders in which an output is made."""

from __future__ import annotations

import hashlib
import os

_LONGEST = 255
"""Bytes that file systems take."""
_ROOM = 32
"""Bytes for what stands before and after, random letters among them."""


def work_name(name: str) -> str:
    """`.NAME.`, or a digest in place of a name that would leave no room for more."""
    encoded = os.fsencode(name)
    if len(encoded) > _LONGEST - _ROOM:
        name = hashlib.blake2b(encoded, digest_size=10).hexdigest()
    return f".{name}."
