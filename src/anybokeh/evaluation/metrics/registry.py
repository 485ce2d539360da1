"""All metrics, what they need, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from anybokeh.evaluation.metrics import lpips as lpips_module
from anybokeh.evaluation.metrics.blur_accuracy import blur_error
from anybokeh.evaluation.metrics.dis_flow import dis_flow
from anybokeh.evaluation.metrics.edge_band import edge_band_psnr
from anybokeh.evaluation.metrics.facts import Facts
from anybokeh.evaluation.metrics.flow_difference import Flow, flow_difference, flows
from anybokeh.evaluation.metrics.focus_fidelity import focus_difference, focus_untouched
from anybokeh.evaluation.metrics.highlights import highlight_error
from anybokeh.evaluation.metrics.psnr import psnr
from anybokeh.evaluation.metrics.raft_flow import raft_flow
from anybokeh.evaluation.metrics.relative_motion import flicker, relative_motion
from anybokeh.evaluation.metrics.ssim import WINDOW, ssim
from anybokeh.evaluation.metrics.unavailable import Unavailable
from anybokeh.evaluation.metrics.vepi import vepi, vepi_change
from anybokeh.evaluation.metrics.video_features import Features, i3d_extractors, videomae_extractor
from anybokeh.evaluation.metrics.warped_flicker import warped_flicker
from anybokeh.evaluation.metrics.weights import find_weights

Value = float | Unavailable
Need = Literal["truth", "mask", "time"]
_LEAST_FLOW_SIDE = 24
_LEAST_LPIPS_SIDE = 63


@dataclass(frozen=True)
class Metric:
    """A figure of one clip.

    Attributes:
        key: short name in files.
        title: name in tables.
        unit: of the values, empty for plain numbers.
        better: which values are better.
        about: one line on what it measures.
        compute: from a result (frames, 3, height, width) float32 in [0, 1] and what is known of the clip.
        needs: what it cannot do without: `truth`, `mask`, or `time`, which means two frames.
        digits: decimals in tables.
    """

    key: str
    title: str
    unit: str
    better: Literal["higher", "lower"]
    about: str
    compute: Callable[[np.ndarray, Facts], Value]
    needs: tuple[Need, ...] = ()
    digits: int = 2

    def __call__(self, result: np.ndarray, facts: Facts) -> Value:
        """The figure, or why there is none."""
        missing = [need for need in self.needs if not _has(facts, need)]
        if missing:
            return Unavailable({"truth": "no truth", "mask": "no mask", "time": "one frame"}[missing[0]])
        value = self.compute(result, facts)
        if isinstance(value, float) and not np.isfinite(value):
            return Unavailable("nothing to measure in this clip")
        return value


@dataclass(frozen=True)
class SetMetric:
    """A figure of a whole set of clips: the Fréchet distance between features of results and of truths.

    Attributes:
        key, title, unit, better, about, digits: as in `Metric`.
        features: of one clip, or why there are none.
    """

    key: str
    title: str
    about: str
    features: Features | Unavailable
    unit: str = ""
    better: Literal["higher", "lower"] = "lower"
    digits: int = 1


def clip_metrics(weights: Path) -> tuple[Metric, ...]:
    """The metrics of one clip; `weights` is the folder where networks' weights are looked for."""
    return (
        Metric("psnr", "PSNR", "dB", "higher", "error of all pixels", _psnr, ("truth",)),
        Metric("ssim", "SSIM", "", "higher", "likeness of structure", _ssim, ("truth",), 4),
        Metric("lpips", "LPIPS", "", "lower", "perceived difference", _lpips(weights), ("truth",), 4),
        Metric(
            "edge_psnr", "PSNR at edges", "dB", "higher", "error near depth edges", _edge_psnr, ("truth",)
        ),
        Metric("flicker", "flicker", "/255", "lower", "changes the truth lacks", _flicker, ("truth", "time")),
        Metric(
            "relative_motion",
            "relative motion",
            "",
            "lower",
            "flicker as a share of the value range",
            lambda result, facts: relative_motion(result, _truth(facts)),
            ("truth", "time"),
            4,
        ),
        _flow_metric(weights),
        Metric(
            "focus_untouched",
            "in focus untouched",
            "%",
            "higher",
            "pixels in focus, out of reach of nearer blur, that stay as they came",
            lambda result, facts: focus_untouched(result, facts.aif, facts.in_focus),
        ),
        Metric(
            "focus_difference",
            "largest change in focus",
            "/255",
            "lower",
            "largest difference from the input among these pixels",
            lambda result, facts: focus_difference(result, facts.aif, facts.in_focus),
        ),
        Metric(
            "blur_error",
            "blur radius error",
            "%",
            "lower",
            "radius that patches show against the one asked for",
            lambda result, facts: blur_error(result, facts.probes, facts.transfer),
        ),
        Metric(
            "highlight_error",
            "highlight error",
            "stops",
            "lower",
            "error of light in the discs of clipped highlights",
            lambda result, facts: highlight_error(
                result, _truth(facts), facts.highlight_reach, facts.transfer
            ),
            ("truth",),
            3,
        ),
        Metric("vepi", "VEPI", "", "higher", "edges of the subject kept", _vepi, ("mask",), 4),
        Metric(
            "vepi_change",
            "VEPI change",
            "",
            "lower",
            "how much that varies from frame to frame",
            lambda result, facts: vepi_change(result, facts.aif, _mask(facts)),
            ("mask", "time"),
            4,
        ),
        Metric(
            "warped_flicker",
            "warped flicker",
            "/255",
            "lower",
            "change from frame to frame along the input's flow",
            _warped_flicker,
            ("time",),
        ),
    )


def set_metrics(weights: Path) -> tuple[SetMetric, ...]:
    """The metrics of a set of clips; `weights` is the folder where networks' weights are looked for."""
    extractors = i3d_extractors(weights)
    logits, features = (extractors,) * 2 if isinstance(extractors, Unavailable) else extractors
    return (
        SetMetric("fvd_i3d", "FVD (I3D)", "distribution of motion and looks", logits),
        SetMetric(
            "fvd_videomae", "FVD (VideoMAE)", "the same, more sensitive to motion", videomae_extractor()
        ),
        SetMetric("vfid_i3d", "VFID-I", "distribution of I3D's inner features", features),
    )


def _has(facts: Facts, need: Need) -> bool:
    return len(facts.aif) > 1 if need == "time" else getattr(facts, need) is not None


def _truth(facts: Facts) -> np.ndarray:
    assert facts.truth is not None
    return facts.truth


def _mask(facts: Facts) -> np.ndarray:
    assert facts.mask is not None
    return facts.mask


def _psnr(result: np.ndarray, facts: Facts) -> float:
    return psnr(result, _truth(facts))


def _ssim(result: np.ndarray, facts: Facts) -> Value:
    if min(result.shape[2:]) < WINDOW:
        return Unavailable(f"frames are smaller than {WINDOW} pixels")
    return ssim(result, _truth(facts))


def _edge_psnr(result: np.ndarray, facts: Facts) -> float:
    return edge_band_psnr(result, _truth(facts), facts.edge_band)


def _flicker(result: np.ndarray, facts: Facts) -> float:
    return flicker(result, _truth(facts))


def _vepi(result: np.ndarray, facts: Facts) -> float:
    return vepi(result, facts.aif, _mask(facts))


def _warped_flicker(result: np.ndarray, facts: Facts) -> Value:
    if min(result.shape[2:]) < _LEAST_FLOW_SIDE:
        return Unavailable("frames are too small for optical flow")
    return warped_flicker(result, *facts.input_flow)


def _lpips(weights: Path) -> Callable[[np.ndarray, Facts], Value]:
    file = find_weights(weights, lpips_module.FILE)
    if isinstance(file, Unavailable):
        return lambda result, facts: file
    from safetensors.torch import load_file

    tensors = load_file(file)
    lpips_module.check_lpips(tensors, str(file))

    def compute(result: np.ndarray, facts: Facts) -> Value:
        if min(result.shape[2:]) < _LEAST_LPIPS_SIDE:
            return Unavailable(f"frames are smaller than {_LEAST_LPIPS_SIDE} pixels")
        return lpips_module.lpips(result, _truth(facts), tensors)

    return compute


def _flow_metric(weights: Path) -> Metric:
    """By RAFT where it is at hand, else by DIS, and named for it."""
    raft = raft_flow(weights)
    name, flow = ("DIS", dis_flow) if isinstance(raft, Unavailable) else ("RAFT", raft)
    about = "difference of the motion that optical flow sees"
    compute = partial(_flow_difference, flow=flow)
    return Metric(
        "flow_difference", f"flow difference ({name})", "px", "lower", about, compute, ("truth", "time"), 3
    )


def _flow_difference(result: np.ndarray, facts: Facts, flow: Flow) -> Value:
    if min(result.shape[2:]) < _LEAST_FLOW_SIDE:
        return Unavailable("frames are too small for optical flow")
    true_flow = facts.true_flow if flow is dis_flow else flows(_truth(facts), flow)
    return flow_difference(flows(result, flow), true_flow)
