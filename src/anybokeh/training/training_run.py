"""A whole training: its stages one after the other, each from the averaged weights of the one before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from accelerate import PartialState
from torch import Tensor

from anybokeh.clip.outputs import put_in_place, remove
from anybokeh.errors import InputError
from anybokeh.models.layout import channels_last
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.training.clips import Ahead, Batches, Clips, open_clips, validation_clips
from anybokeh.training.config import StageSettings, TrainingSettings
from anybokeh.training.logs import VALIDATION, Logs, check_tensorboard
from anybokeh.training.loop import train
from anybokeh.training.sharding import is_split, whole
from anybokeh.training.stages import new_stage
from anybokeh.training.start import completed, new_pipeline
from anybokeh.training.validation import Validation

SETTINGS, MODEL, CLIPS = "training.json", "model", "clips"
_MEASURED_BATCHES = 8

Progress = Callable[[int, int | None], None]


def run_training(
    settings: TrainingSettings,
    folder: Path,
    *,
    resume: bool = False,
    clips: Path | None = None,
    progress: Callable[[str], Progress] | None = None,
) -> Path:
    """Train a model.

    Args:
        settings: everything.
        folder: of the run: settings, clips, a folder a stage, and `model`, the pipeline as it is so far.
        resume: go on with the run in `folder`.
        clips: folder of the clips that are kept; None is one in `folder`.
        progress: for the name of a stage, returns the function to call with its steps done and in all.

    Returns:
        The folder of the pipeline.

    Raises:
        InputError: the folder holds another run, or settings, data or disk are not fit for it.
    """
    state = PartialState()
    for stage in settings.stages:
        if stage.loop.tensorboard:
            check_tensorboard()
    settings = replace(settings, model=completed(settings.model))
    clips = clips or folder / CLIPS
    if state.is_main_process:
        _open_folder(folder, settings, resume)
        open_clips(settings.data, clips, settings.versions())
        _validation_batches(settings, clips)
    state.wait_for_everyone()
    pipe = new_pipeline(settings.model, settings.stages[0].loop.seed)
    pipe.to(state.device)
    source = open_clips(settings.data, clips, settings.versions())
    judged = _validation_batches(settings, clips)
    for number, stage in enumerate(settings.stages):
        name = f"{number}-{stage.part}"
        checks = Validation(pipe, judged, settings.validation.damage, folder / name / "pictures")
        on_step = progress(f"stage {name}") if progress else None
        _train_stage(pipe, stage, settings, source, folder / name, checks, state.num_processes, on_step)
        if stage.part == "vae":
            _scale_latents(pipe, Batches(source, stage, settings.data.seed))
        if state.is_main_process:
            save_pipeline(pipe, folder / MODEL)
        state.wait_for_everyone()
    return folder / MODEL


def save_pipeline(pipe: AnyBokehPipeline, folder: Path) -> None:
    """Write a pipeline folder, whole or not at all; one of that name is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        pipe.save_pretrained(temporary)
        put_in_place(temporary, folder)
    except BaseException:
        remove(temporary)
        raise


def smoke(settings: TrainingSettings) -> TrainingSettings:
    """The same stages with a tiny model of the same kinds of blocks, tiny clips and two steps each."""
    small = _tiny_unet(settings.model.unet), _tiny_vae(settings.model.vae)
    model = replace(settings.model, start=None, unet=small[0], vae=small[1], working_area=64 * 64)
    data = replace(
        settings.data, library=None, samples=None, size=(64, 64), frames=3, clips=2, workers=0, preset="paper"
    )
    stages = tuple(
        replace(
            stage,
            frames=min(stage.frames, 2),
            crop=(64, 64),
            batch=1,
            loop=replace(stage.loop, steps=2, warm_up=0, save_every=1, report_every=1, validate_every=0),
        )
        for stage in settings.stages
    )
    validation = replace(settings.validation, clips=1, frames=3, size=(64, 64))
    return TrainingSettings(model, stages, data, validation)


def _train_stage(
    pipe: AnyBokehPipeline,
    stage: StageSettings,
    settings: TrainingSettings,
    source: Clips,
    folder: Path,
    checks: Validation,
    processes: int,
    progress: Progress | None,
) -> None:
    prepared = new_stage(pipe, stage)
    batches = Batches(source, stage, settings.data.seed + stage.loop.seed)
    ahead = Ahead(batches, settings.data.workers, processes)
    judge = checks.autoencoder if stage.part == "vae" else checks.refocusing
    try:
        average = train(
            prepared.module,
            ahead,
            prepared.losses,
            stage.loop,
            folder,
            recorded={"stage": asdict(stage)},
            progress=progress,
            validate=judge,
        )
    except FloatingPointError as error:
        raise InputError(
            f"stage {stage.part}: {error}; the checkpoint before is kept: lower the learning rate and go on "
            "with --resume in a copy of the folder"
        ) from None
    if _rebuild_split(pipe):
        prepared = new_stage(pipe, stage)
        prepared.module.load_state_dict(average)
        if PartialState().is_main_process and not (folder / VALIDATION).is_file():
            logs = Logs(folder, stage.loop.steps, tensorboard=stage.loop.tensorboard)
            logs.write(VALIDATION, {"step": stage.loop.steps, **judge(stage.loop.steps)})
    else:
        prepared.module.load_state_dict(average)


def _rebuild_split(pipe: AnyBokehPipeline) -> bool:
    """Build networks that were split over processes anew, and say whether there were any."""
    found = False
    for name in ("unet", "vae"):
        network: Any = getattr(pipe, name)
        if is_split(network):
            fresh = type(network).from_config(network.config)
            fresh.load_state_dict(whole(network.state_dict()))
            channels_last(fresh.to(pipe.device).requires_grad_(False))
            pipe.register_modules(**{name: fresh})
            found = True
    return found


@torch.no_grad()
def _scale_latents(pipe: AnyBokehPipeline, batches: Batches) -> None:
    """Set the scaling factor so that latents have variance 1, as the U-Net expects."""
    vae = pipe.vae
    pictures = torch.cat([batches(number)["frames"].flatten(0, 1) for number in range(_MEASURED_BATCHES)])
    deviation = float(vae.encode_latents((pictures * 2 - 1).to(vae.device)).std())
    vae.register_to_config(scaling_factor=round(1 / deviation, 5))


def _validation_batches(settings: TrainingSettings, clips: Path) -> list[dict[str, Tensor]]:
    validation = settings.validation
    data = replace(
        settings.data, samples=None, size=validation.size, frames=validation.frames, seed=validation.seed
    )
    folder = clips.with_name(f"{clips.name}-validation")
    return validation_clips(data, folder, validation.clips)


def _open_folder(folder: Path, settings: TrainingSettings, resume: bool) -> None:
    recorded = json.loads(json.dumps(asdict(settings)))
    path = folder / SETTINGS
    if resume:
        if not path.is_file():
            raise InputError(f"{folder}: holds no training to go on with; leave out --resume")
        changed = _changed(json.loads(path.read_text()), recorded)
        if changed:
            raise InputError(
                f"{folder}: was begun with another {changed}; give the same settings or a new folder"
            )
        return
    if folder.is_dir() and path.is_file():
        raise InputError(f"{folder}: holds a training; go on with --resume, or give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(recorded, indent=1) + "\n")


def _changed(old: Any, new: Any, name: str = "") -> str | None:
    """The first setting that is not the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            found = _changed(old.get(key), new.get(key), f"{name}.{key}".lstrip("."))
            if found:
                return found
        return None
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return next((c for i, (a, b) in pairs if (c := _changed(a, b, f"{name}[{i}]"))), None)
    return None if old == new else f"{name} ({old!r}, now {new!r})"


def _tiny_unet(unet: dict[str, Any]) -> dict[str, Any]:
    down = unet.get(
        "down_block_types", ("CrossAttnDownBlockSpatioTemporal",) * 3 + ("DownBlockSpatioTemporal",)
    )
    up = unet.get("up_block_types", ("UpBlockSpatioTemporal",) + ("CrossAttnUpBlockSpatioTemporal",) * 3)
    return {
        "in_channels": unet.get("in_channels", 8),
        "residual": unet.get("residual", False),
        "out_channels": unet.get("out_channels", 4),
        "down_block_types": tuple(down),
        "up_block_types": tuple(up),
        "block_out_channels": (32,) * len(down),
        "layers_per_block": 1,
        "num_attention_heads": (2,) * len(down),
        "cross_attention_dim": 16,
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 24,
        "num_frames": 8,
        "learned_context": True,
    }


def _tiny_vae(vae: dict[str, Any]) -> dict[str, Any]:
    levels = len(vae.get("block_out_channels", (1,) * 4))
    return {
        "down_block_types": ("DownEncoderBlock2D",) * levels,
        "block_out_channels": (32,) * levels,
        "layers_per_block": 1,
        "latent_channels": vae.get("latent_channels", 4),
        "patch_size": vae.get("patch_size", 1),
        "force_upcast": False,
        "linear_path": vae.get("linear_path", False),
        "skip_pictures": vae.get("skip_pictures", 1),
        "pixel_skip": vae.get("pixel_skip", False),
    }
