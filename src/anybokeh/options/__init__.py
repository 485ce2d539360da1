"""Options told once: fields of settings that carry what command line, files, studio and docs need of them.

An option is a dataclass field made by `option`. Everything else is derived: flags (`command_line`), values of
files and pages (`values`), the paths among them (`paths`), and what the docs list (`reference`). Nothing here
knows which options there are; `anybokeh.settings` and `anybokeh.optics.lens` hold them.
"""

from anybokeh.options.option import Flag, option
from anybokeh.options.path_rule import PathRule, is_url

__all__ = ["Flag", "PathRule", "is_url", "option"]
