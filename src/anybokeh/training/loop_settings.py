"""Settings of the training loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from anybokeh.errors import InputError

PRECISIONS = ("no", "bf16")


@dataclass(frozen=True)
class LoopSettings:
    """How a network is trained, whatever it learns.

    Attributes:
        steps: how many.
        learning_rate: of AdamW, after the warm-up and until the descent.
        warm_up: steps over which the learning rate rises from 0.
        shares: of the learning rate, for parameters whose names hold a word. A layer that sums hundreds of
            pixels, such as `skip_pixels`, changes the result far more in a step of AdamW than all others do.
        descent: share of the steps, at the end, over which it falls to 0 again.
        weight_decay: of all parameters with more than one dimension.
        largest_gradient: gradients are scaled down to this norm.
        average: decay of the moving average of the weights, which is what is kept in the end.
        save_every, report_every: steps between checkpoints and between lines of the log.
        seed: of the initial weights and of what is drawn in each step.
        accumulate: batches of a step, one after the other, whose gradients are averaged.
        precision: `bf16` computes in mixed precision, `no` in float32.
        spike: steps whose gradient is this many times the median of the last ones are left out; 0 takes all.
        most_skipped: how many steps in a row may be left out, for a spike or because they are not finite.
        validate_every: steps between validations; 0 for one at the end.
        keep: how many checkpoints stay.
        sharded: split weights, gradients and moments over the processes (FSDP); validates at the end only.
        tensorboard: write logs for TensorBoard as well.
    """

    steps: int
    learning_rate: float = 1e-3
    warm_up: int = 100
    shares: dict[str, float] = field(default_factory=dict)
    descent: float = 0.35
    weight_decay: float = 1e-4
    largest_gradient: float = 1.0
    average: float = 0.998
    save_every: int = 200
    report_every: int = 20
    seed: int = 0
    accumulate: int = 1
    precision: str = "no"
    spike: float = 0.0
    most_skipped: int = 0
    validate_every: int = 0
    keep: int = 1
    sharded: bool = False
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "save_every", "report_every", "accumulate", "keep"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: expected 1 or more")
        for name in ("warm_up", "weight_decay", "spike", "most_skipped", "validate_every"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}: expected 0 or more")
        if not 0 < self.learning_rate < 1:
            raise InputError(f"learning rate is {self.learning_rate:g}: expected more than 0, less than 1")
        for word, share in self.shares.items():
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise InputError(f"share of {word} is {share!r}: expected a number from 0 to 1")
        if not 0 <= self.descent <= 1:
            raise InputError(f"descent is {self.descent:g}: expected a share of the steps, 0 to 1")
        if not 0 <= self.average < 1:
            raise InputError(f"average is {self.average:g}: expected 0 or more, less than 1")
        if not self.largest_gradient > 0:
            raise InputError(f"largest_gradient is {self.largest_gradient:g}: expected more than 0")
        if self.spike and not self.most_skipped:
            raise InputError(
                f"spike is {self.spike:g} but most_skipped 0: give 1 or more, or leave out spike"
            )
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}: expected {' or '.join(PRECISIONS)}")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        rising = min(1.0, (step + 1) / max(self.warm_up, 1))
        left = (self.steps - step) / max(self.descent * self.steps, 1)
        return self.learning_rate * min(rising, left, 1.0)
