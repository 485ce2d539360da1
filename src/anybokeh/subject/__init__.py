"""What to focus on: masks of the subject."""

from anybokeh.subject.clip_subject import ClipSubject, open_subject
from anybokeh.subject.record import Course
from anybokeh.subject.video_predictor import Prompt, VideoPredictor, load_video_predictor

__all__ = ["ClipSubject", "Course", "Prompt", "VideoPredictor", "load_video_predictor", "open_subject"]
