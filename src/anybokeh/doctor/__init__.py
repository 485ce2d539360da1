"""What this installation is made of, where its things lie and what it lacks: for bug reports."""

from __future__ import annotations

from anybokeh.doctor.examining import Report, examine, report_text

__all__ = ["Report", "examine", "report_text"]
