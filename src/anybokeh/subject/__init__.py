"""What to focus on: masks of the subject."""

from anybokeh.subject.clip import ClipSubject, Course, open_subject

__all__ = ["ClipSubject", "Course", "open_subject"]
