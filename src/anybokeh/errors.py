"""The one error that a user can mend."""

from __future__ import annotations


class InputError(ValueError):
    """Bad arguments or bad input, said in one line: the value, what was expected, how to fix it.

    The command line prints the message and exits with status 2.
    """
