"""The one training loop: any network, any batches, any losses, any number of processes.

Several processes (`accelerate launch`) see different batches and average their gradients.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from anybokeh.errors import InputError
from anybokeh.training.checkpoint import part_of, read_tensors, restore, save_tensors, state_of
from anybokeh.training.guard import Guard
from anybokeh.training.logs import LOG, VALIDATION, Logs
from anybokeh.training.loop_settings import LoopSettings
from anybokeh.training.sharding import gathered, own_part, shard, whole

if TYPE_CHECKING:
    from accelerate import Accelerator

Batch = Mapping[str, Tensor]
Losses = dict[str, Tensor]
STATE = "state.safetensors"


def train(
    model: nn.Module,
    batch_at: Callable[[int], Batch],
    losses: Callable[[nn.Module, Batch], Losses],
    settings: LoopSettings,
    folder: Path,
    *,
    recorded: Mapping[str, Any] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    validate: Callable[[int], Mapping[str, float]] | None = None,
) -> dict[str, Tensor]:
    """Train a network, or go on where `folder` says that an earlier call was interrupted.

    Args:
        model: the network, with its initial weights; holds the last weights afterwards, split over the
            processes where settings say so.
        batch_at: the batch of a number, which is the step where steps have one batch; it must depend on the
            number alone, so that interruptions leave no trace.
        losses: terms by name, whose sum is made small; calls the model that it is given.
        settings: how.
        folder: of checkpoint, settings and log; made if it is not there.
        recorded: what else to write into `settings.json`.
        progress: told how many steps of how many are done.
        validate: figures for the log of validations, told how many steps are done; `model` then holds the
            average of the weights.

    Returns:
        The moving average of the weights.

    Raises:
        InputError: the folder's checkpoint belongs to another network or cannot be read, or the disk is full.
        FloatingPointError: losses are not finite, or gradients far too large.
    """
    accelerator = _accelerator(settings)
    if settings.sharded and accelerator.num_processes > 1:
        shared, validate = shard(model, accelerator.device), None
    else:
        shared: nn.Module = accelerator.prepare(model)
    optimiser = accelerator.prepare(torch.optim.AdamW(_groups(model, settings), lr=settings.learning_rate))
    average = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    guard = Guard(settings)
    first = _resumed(folder / STATE, model, average, optimiser, guard)
    main = accelerator.is_main_process
    reports = None
    if main:
        _prepare_folder(folder, model, {"loop": asdict(settings), **(recorded or {})}, first, settings)
        reports = _Reports(Logs(folder, first, tensorboard=settings.tensorboard), settings)
    for step in range(first, settings.steps):
        _set_rates(optimiser, settings, step)
        optimiser.zero_grad(set_to_none=True)
        found = _accumulate_gradients(accelerator, shared, batch_at, losses, settings, step)
        largest = settings.largest_gradient
        norm = float(gathered(accelerator.clip_grad_norm_(shared.parameters(), largest)))  # type: ignore[arg-type]
        if guard.admits(step, norm, found):
            optimiser.step()
            _average(average, model, settings.average, step)
            if reports:
                reports.add({**found, "gradient": norm})
        done = step + 1
        if reports:
            reports.write_means(done)
            if validate and _is_due(done, settings.validate_every, settings):
                with _holding(model, average):
                    reports.write_validation(done, validate(done))
        if _is_due(done, settings.save_every, settings):
            tensors = whole(state_of(model, average, optimiser), kept=main)
            if main:
                _save(folder, tensors, guard, settings, done)
        if main and progress:
            progress(done, settings.steps)
    accelerator.wait_for_everyone()
    return whole(average)


def _accelerator(settings: LoopSettings) -> Accelerator:
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(mixed_precision=settings.precision, kwargs_handlers=[unused])


class _Reports:
    """Lines of the logs; terms are means since the line before."""

    def __init__(self, logs: Logs, settings: LoopSettings) -> None:
        self._logs = logs
        self._settings = settings
        self._sums: dict[str, float] = {}
        self._started = time.process_time()

    def add(self, terms: Mapping[str, float]) -> None:
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def write_means(self, done: int) -> None:
        """Write a line if one is due after so many steps."""
        every = self._settings.report_every
        if _is_due(done, every, self._settings):
            count = (done - 1) % every + 1
            means = {name: value / count for name, value in self._sums.items()}
            seconds = time.process_time() - self._started
            self._logs.write(LOG, {"step": done, **means, "cpu_seconds": seconds})
            self._sums = {}

    def write_validation(self, done: int, figures: Mapping[str, float]) -> None:
        self._logs.write(VALIDATION, {"step": done, **figures})


def _set_rates(optimiser: torch.optim.Optimizer, settings: LoopSettings, step: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = settings.rate_at(step) * group["share"]


def _accumulate_gradients(
    accelerator: Accelerator,
    shared: nn.Module,
    batch_at: Callable[[int], Batch],
    losses: Callable[[nn.Module, Batch], Losses],
    settings: LoopSettings,
    step: int,
) -> dict[str, float]:
    """Add up the gradients of a step's batches; the terms by name, means over batches and processes."""
    found: dict[str, float] = {}
    for part in range(settings.accumulate):
        number = (step * settings.accumulate + part) * accelerator.num_processes
        number += accelerator.process_index
        torch.manual_seed(settings.seed + number)
        last = part == settings.accumulate - 1
        with nullcontext() if last else accelerator.no_sync(shared), accelerator.autocast():
            terms = losses(shared, _moved(batch_at(number), accelerator.device))
            total = torch.stack(list(terms.values())).sum() / settings.accumulate
            accelerator.backward(total)
        for name, term in terms.items():
            mean = accelerator.reduce(term.detach().float(), "mean")
            found[name] = found.get(name, 0.0) + float(mean) / settings.accumulate  # type: ignore[arg-type]
    return found


def _save(folder: Path, tensors: dict[str, Tensor], guard: Guard, settings: LoopSettings, done: int) -> None:
    tensors |= {f"guard.{name}": tensor for name, tensor in guard.state().items()}
    _make_room(folder, settings.keep)
    save_tensors(folder / STATE, tensors, {"step": done})


def _groups(model: nn.Module, settings: LoopSettings) -> list[dict[str, Any]]:
    """Parameters by rate and decay; where several words of `shares` are in a name, the first counts."""
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    for word in settings.shares:
        if not any(word in name for name in trained):
            raise InputError(f"shares has {word!r}: no weight that is trained has it in its name")
    groups = [
        {"params": [], "weight_decay": decay, "share": float(share)}
        for share in dict.fromkeys((1.0, *settings.shares.values()))
        for decay in (settings.weight_decay, 0.0)
    ]
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            share = next((share for word, share in settings.shares.items() if word in name), 1.0)
            decay = settings.weight_decay if parameter.ndim > 1 else 0.0
            own = next(one for one in groups if (one["share"], one["weight_decay"]) == (share, decay))
            own["params"].append(parameter)
    return groups


def _prepare_folder(
    folder: Path, model: nn.Module, recorded: dict[str, Any], first: int, settings: LoopSettings
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # weights, their average and two moments, written beside the checkpoint that they replace
    needed = (settings.keep + 1) * 4 * sum(p.numel() * p.element_size() for p in model.parameters())
    free = shutil.disk_usage(folder).free
    if first < settings.steps and free < needed:
        raise InputError(
            f"{folder}: {free / 1e9:.1f} GB are free where checkpoints take {needed / 1e9:.1f} GB; "
            "choose another folder or make room"
        )
    (folder / "settings.json").write_text(json.dumps(recorded, indent=1) + "\n")


def _resumed(
    path: Path, model: nn.Module, average: dict[str, Tensor], optimiser: torch.optim.Optimizer, guard: Guard
) -> int:
    if not path.is_file():
        return 0
    tensors, about = read_tensors(path)
    try:
        restore(tensors, model, average, optimiser)
        guard.restore(part_of(tensors, "guard"))
        return int(about["step"])
    except (RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: is of another network ({reason}); give a new folder") from None


def _make_room(folder: Path, keep: int) -> None:
    """Rename the last checkpoint to an older one, and delete the oldest of those."""
    if keep > 1 and (folder / STATE).is_file():
        _, about = read_tensors(folder / STATE, only_about=True)
        shutil.copyfile(folder / STATE, folder / f"state-{about['step']:08d}.safetensors")
    for old in sorted(folder.glob("state-*.safetensors"))[: -(keep - 1) or None]:
        old.unlink()


def _is_due(done: int, every: int, settings: LoopSettings) -> bool:
    """Whether something happens after so many steps: every so often, and at the end."""
    return done == settings.steps or (every > 0 and done % every == 0)


def _moved(batch: Batch, device: torch.device) -> Batch:
    return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}


@contextmanager
def _holding(model: nn.Module, weights: Mapping[str, Tensor]) -> Iterator[None]:
    """Let the model have other weights inside the with block."""
    own = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(dict(weights))
    try:
        yield
    finally:
        model.load_state_dict(own)


@torch.no_grad()
def _average(average: dict[str, Tensor], model: nn.Module, decay: float, step: int) -> None:
    # the first steps would weigh too much otherwise
    decay = min(decay, (1 + step) / (10 + step))
    for name, tensor in model.state_dict().items():
        mean, now = own_part(average[name]), own_part(tensor)
        if tensor.is_floating_point():
            mean.lerp_(now, 1 - decay)
        else:
            mean.copy_(now)
