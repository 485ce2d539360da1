"""What to focus on: masks of the subject."""

from anybokeh.subject.clip import ClipSubject, open_subject
from anybokeh.subject.record import Course

__all__ = ["ClipSubject", "Course", "open_subject"]
