"""Following what was clicked: the video predictors SAM 2 and EdgeTAM, through transformers.

SAM 2: Ravi et al., arXiv 2408.00714. EdgeTAM: Zhou et al., arXiv 2501.07256. Pictures are prepared here
rather than by the models' processors, which need torchvision. Weights are read from safetensors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError
from anybokeh.runtime.device import choose_device
from anybokeh.storage.hub import is_local

if TYPE_CHECKING:
    import torch

DEFAULT_MODEL = "facebook/sam2.1-hiera-tiny"
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
# what the prompt encoders call an object's point, and two corners of a box
_INSIDE, _TOP_LEFT, _BOTTOM_RIGHT = 1, 2, 3


@dataclass(frozen=True)
class Prompt:
    """What to follow in the first frame, in shares of width and height.

    Attributes:
        points: x and y of points on it.
        box: left, top, right and bottom around it.
    """

    points: tuple[tuple[float, float], ...] = ()
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.points and self.box is None:
            raise InputError("nothing to follow is given: expected a point or a box")
        values = [value for point in self.points for value in point] + list(self.box or ())
        if not all(0 <= value <= 1 for value in values):
            raise InputError(f"prompt {values}: expected shares of the frame, from 0 to 1")
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise InputError(f"box {self.box}: expected left, top, right, bottom")

    @property
    def coordinates(self) -> list[tuple[float, float]]:
        """Corners of the box, then the points."""
        corners = [] if self.box is None else [self.box[:2], self.box[2:]]
        return [*corners, *self.points]

    @property
    def labels(self) -> list[int]:
        """What each of the coordinates means to the model."""
        corners = [] if self.box is None else [_TOP_LEFT, _BOTTOM_RIGHT]
        return corners + [_INSIDE] * len(self.points)


@dataclass(frozen=True, eq=False)
class Predicted:
    """One object in one frame.

    share: (h, w) float32 in [0, 1] over the whole frame, at the model's own size. confidence: [0, 1] that the
    object is in view.
    """

    share: np.ndarray
    confidence: float


class VideoPredictor:
    """Follows an object from a click or a box.

    >>> for found in load_video_predictor().follow(frames, Prompt(points=((0.4, 0.6),))): ...

    model: a `Sam2VideoModel` or `EdgeTamVideoModel`. side: pixels of the square pictures that it sees.
    """

    def __init__(self, model: Any, device: str = "cpu") -> None:
        self._model = model.to(device).eval()
        self._device = device
        size = model.config.image_size
        self.side = int(size if isinstance(size, int) else size[0])

    def follow(self, frames: Iterable[np.ndarray], prompt: Prompt) -> Iterator[Predicted]:
        """Find the object in consecutive frames.

        frames: (height, width, 3) RGB of any type that clips have, beginning with the one in which the prompt
        holds; to go backwards hand them over in reverse. Memory does not grow with their number.
        """
        import torch

        session: Any = None
        for index, frame in enumerate(frames):
            if session is None:
                session = self._session(frame.shape[0], frame.shape[1])
                self._say(session, prompt)
            with torch.inference_mode():
                # (1, 3, side, side)
                pixels = self._prepared(frame)
                output = self._model(inference_session=session, frame=pixels, frame_idx=index)
                share = torch.sigmoid(output.pred_masks[0, 0].float()).cpu().numpy()
                confidence = float(torch.sigmoid(output.object_score_logits.float()).flatten()[0])
            self._forget(session, index)
            yield Predicted(share, confidence)

    def _session(self, height: int, width: int) -> Any:
        if self._model.config.model_type == "edgetam_video":
            from transformers.models.edgetam_video.modeling_edgetam_video import (
                EdgeTamVideoInferenceSession as Session,
            )
        else:
            from transformers.models.sam2_video.modeling_sam2_video import (
                Sam2VideoInferenceSession as Session,
            )
        return Session(
            video_height=height, video_width=width, inference_device=self._device, dtype=self._model.dtype
        )

    def _say(self, session: Any, prompt: Prompt) -> None:
        import torch

        # (batch, objects, points, 2) in pixels of the model's square picture
        coordinates = torch.tensor(prompt.coordinates, dtype=torch.float32)[None, None] * self.side
        labels = torch.tensor(prompt.labels, dtype=torch.int32)[None, None]
        place = session.obj_id_to_idx(1)
        session.add_point_inputs(place, 0, {"point_coords": coordinates, "point_labels": labels})
        session.obj_with_new_inputs = [1]

    def _prepared(self, frame: np.ndarray) -> torch.Tensor:
        import torch

        small = cv2.resize(eight_bit(frame), (self.side, self.side), interpolation=cv2.INTER_AREA)
        normal = (small.astype(np.float32) / 255 - _MEAN) / _DEVIATION
        return torch.from_numpy(np.ascontiguousarray(normal.transpose(2, 0, 1)[None])).to(self._device)

    def _forget(self, session: Any, index: int) -> None:
        """Drop what no later frame looks at: pictures, and results beyond the model's memory."""
        session.processed_frames.pop(index, None)
        reach = max(self._model.config.num_maskmem, self._model.config.max_object_pointers_in_encoder)
        for outputs in session.output_dict_per_obj.values():
            outputs["non_cond_frame_outputs"].pop(index - reach, None)
        for tracked in session.frames_tracked_per_obj.values():
            tracked.pop(index - reach, None)


def load_video_predictor(name: str = DEFAULT_MODEL, *, device: str = "auto") -> VideoPredictor:
    """Load a predictor from a folder, the local cache or the hub; `HF_HUB_OFFLINE` is respected.

    Raises:
        InputError: transformers or torch are missing, or there is no such model, or it is none of these.
    """
    try:
        from transformers import AutoConfig, EdgeTamVideoModel, Sam2VideoModel
        from transformers import logging as remarks
    except ImportError:
        raise InputError(
            f"{name}: following clicks needs transformers and torch; pip install 'anybokeh[depth]'"
        ) from None
    remarks.set_verbosity_error()
    remarks.disable_progress_bar()
    local = is_local(name)
    try:
        kind = AutoConfig.from_pretrained(name, local_files_only=local).model_type
        # the checkpoints of images and videos are the same files
        models = {"sam2_video": Sam2VideoModel, "sam2": Sam2VideoModel}
        models |= {"edgetam_video": EdgeTamVideoModel, "edgetam": EdgeTamVideoModel}
        if kind not in models:
            raise InputError(f"{name}: is a {kind} model, expected SAM 2 or EdgeTAM for video")
        model = models[kind].from_pretrained(name, use_safetensors=True, local_files_only=local)
    except InputError:
        raise
    except ImportError:
        # the backbone of EdgeTAM
        raise InputError(f"{name}: needs a package that is not installed; pip install timm") from None
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{name}: cannot be loaded ({reason:.120}); check the spelling and the network"
        ) from None
    return VideoPredictor(model, choose_device(device))
