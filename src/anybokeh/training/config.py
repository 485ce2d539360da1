"""Settings of a training of the one-step model, as YAML files hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.models.mpi import CONDITIONS
from anybokeh.options.yaml_files import read_yaml
from anybokeh.synth.presets import check
from anybokeh.training.loop_settings import LoopSettings
from anybokeh.training.strict import build
from anybokeh.training.versions import EXACT, Versions, parse_version

CONFIGS = Path(__file__).parents[1] / "configs"
PARTS = ("vae", "unet", "temporal", "decoder")
"""What stages train, in their order; after the last one another round without the first may follow."""
TOGETHER = ("encoder", "unet")
"""What the `decoder` stage can train as well."""
DEFAULTS: dict[str, Any] = {
    "masked": True,
    "mpi_alpha": 1.0,
    "working_area": 1024 * 576,
    "trained_blur": (4.0, 32.0),
    "condition": "distance",
    "layered_render": False,
}
"""Of the model, as in the paper."""
_MULTIPLE = 64


@dataclass(frozen=True)
class ModelSettings:
    """The networks to begin with.

    Attributes:
        start: folder or hub id of Stable Video Diffusion; or `nano`, or the folder or library name of another
            pipeline of this package, which is trained further; None begins with random weights.
        unet, vae: arguments of `BokehUNet` and `BokehVAE`; only for random weights.
        masked: MPI tokens by region, as in the paper; False leaves them out, as the official release does.
        mpi_alpha: exponent of the region thresholds.
        working_area: pixels of the frames that renderers scale to.
        trained_blur: least and greatest K in the data.
        condition: kind of condition picture, `distance` as in the paper, `signed` or `lens`.
        layered_render: give the model the layered render as well.

    What is None is as the pipeline has it that is the start, or as `DEFAULTS` say.
    """

    start: str | None = None
    unet: dict[str, Any] = field(default_factory=dict)
    vae: dict[str, Any] = field(default_factory=dict)
    masked: bool | None = None
    mpi_alpha: float | None = None
    working_area: int | None = None
    trained_blur: tuple[float, float] | None = None
    condition: str | None = None
    layered_render: bool | None = None

    def __post_init__(self) -> None:
        if self.condition not in (None, *CONDITIONS):
            raise InputError(f"condition is {self.condition!r}: expected {', '.join(CONDITIONS)}")
        if self.start is not None:
            if self.unet or self.vae:
                raise InputError(f"start is {self.start!r}, which decides unet and vae: leave those out")
            return
        if not (self.unet and self.vae):
            raise InputError("unet and vae are missing: give their sizes, or a start")
        latent, patch = self.vae.get("latent_channels", 4), self.vae.get("patch_size", 1)
        pictures = 3 if self.layered_render else 2
        for name, stated, wanted in (
            ("in_channels", self.unet.get("in_channels", 8), pictures * latent),
            ("out_channels", self.unet.get("out_channels", 4), latent),
        ):
            if stated != wanted:
                raise InputError(
                    f"unet has {name} {stated}, but vae {latent} latent_channels: expected {wanted}"
                )
        if self.vae.get("skip_pictures", 1) > pictures:
            raise InputError(
                f"skip_pictures is {self.vae['skip_pictures']}, but the model sees {pictures} pictures: "
                "lower it, or set layered_render"
            )
        levels = len(self.vae.get("block_out_channels", (1,))) + len(self.unet.get("block_out_channels", ()))
        if _MULTIPLE % (patch * 2 ** (levels - 2)):
            raise InputError(
                f"patch_size {patch} and {levels} levels do not divide {_MULTIPLE}: take fewer levels"
            )


@dataclass(frozen=True)
class DataSettings:
    """Where clips come from.

    Attributes:
        library: folder of cut-outs and backgrounds; None makes them up.
        samples: folder that `anybokeh synth` has written, in place of clips made on purpose.
        preset: natural or paper.
        size: (width, height) in pixels.
        frames: of a clip.
        seed: decides everything.
        clips: how many are made ahead and kept as files; 0 makes each batch anew.
        workers: processes that make clips and batches.
    """

    library: str | None = None
    samples: str | None = None
    preset: str = "natural"
    size: tuple[int, int] = (512, 288)
    frames: int = 8
    seed: int = 0
    clips: int = 0
    workers: int = 0

    def __post_init__(self) -> None:
        if self.samples is not None and self.library is not None:
            raise InputError("samples and library are both given: keep one")
        check(self.preset, self.size, self.frames)
        for name in ("clips", "workers"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}: expected 0 or more")


@dataclass(frozen=True)
class StageSettings:
    """One stage.

    Attributes:
        part: what is trained: `vae`, `unet`, `temporal` (layers of the U-Net) or `decoder`.
        loop: how.
        frames: consecutive frames of a sample.
        batch: samples of a batch.
        crop: (width, height) of a part of the clip in pixels, multiples of 64.
        damage: of the disparity: a sample's is drawn from these names; `exact` leaves it as it is, `+steady`
            at the end of a name steadies it, `+repair` steadies it and repairs the scene.
        checkpointing: compute activations twice to save memory.
        squares: weight of the mean squared error beside the losses of the `decoder` stage: the errors of a
            layered render are few and large, and L1 alone leaves them.
        draws: parts of clips that are drawn for a sample, of which that is taken whose layered render (or
            sharp frames) is farthest from the truth.
        also: what the `decoder` stage trains with the decoder, by the same losses, of `TOGETHER`.
    """

    part: str
    loop: LoopSettings
    frames: int
    crop: tuple[int, int]
    batch: int = 1
    damage: tuple[str, ...] = (EXACT,)
    checkpointing: bool = False
    squares: float = 0.0
    draws: int = 1
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise InputError(f"part is {self.part!r}: expected {', '.join(PARTS)}")
        if self.frames < 1 or self.batch < 1:
            raise InputError(f"frames is {self.frames} and batch {self.batch}: expected 1 or more")
        if self.draws < 1 or not self.squares >= 0:
            raise InputError(f"draws is {self.draws} and squares {self.squares:g}: expected 1 and 0 or more")
        if self.squares and self.part != "decoder":
            raise InputError(f"squares is {self.squares:g} in stage {self.part}: leave it out, or 0")
        if unknown := set(self.also) - set(TOGETHER):
            raise InputError(f"also is {', '.join(sorted(unknown))}: expected some of {', '.join(TOGETHER)}")
        if self.also and self.part != "decoder":
            raise InputError(f"also is {', '.join(self.also)} in stage {self.part}: leave it out")
        if any(side < _MULTIPLE or side % _MULTIPLE for side in self.crop):
            raise InputError(f"crop is {self.crop[0]}x{self.crop[1]}: expected multiples of {_MULTIPLE}")
        if not self.damage:
            raise InputError("damage is empty: give one or more names, or leave it out")
        Versions(self.damage)


@dataclass(frozen=True)
class ValidationSettings:
    """The fixed clips that stages are judged by; they come from the library's test split.

    Attributes:
        clips: how many.
        frames: of each.
        size: (width, height) in pixels, multiples of 64.
        seed: decides what they are.
        damage: of the disparity in the second of two figures; `+steady` or `+repair` at its end is done to
            exact disparity, in the first one, as well.
    """

    clips: int = 4
    frames: int = 8
    size: tuple[int, int] = (512, 256)
    seed: int = 1
    damage: str = "network"

    def __post_init__(self) -> None:
        if self.clips < 1 or self.frames < 2:
            raise InputError(f"clips is {self.clips} and frames {self.frames}: expected 1 and 2 or more")
        if any(side < _MULTIPLE or side % _MULTIPLE for side in self.size):
            raise InputError(f"size is {self.size[0]}x{self.size[1]}: expected multiples of {_MULTIPLE}")
        if parse_version(self.damage)[0] == EXACT:
            raise InputError(f"damage is {self.damage!r}, which is judged anyway: give a kind of damage")


@dataclass(frozen=True)
class TrainingSettings:
    """Everything about a training but where it is written."""

    model: ModelSettings
    stages: tuple[StageSettings, ...]
    data: DataSettings = field(default_factory=DataSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)

    def versions(self) -> Versions:
        """What stages need of each clip."""
        names = tuple(name for stage in self.stages if stage.part != "vae" for name in stage.damage)
        return Versions(names or (EXACT,), bool(self.model.layered_render), self.data.seed)

    def __post_init__(self) -> None:
        if not self.stages:
            raise InputError("stages is empty: give one or more")
        parts = [stage.part for stage in self.stages]
        for before, after in pairwise(parts):
            again = before == PARTS[-1] and after != PARTS[0]
            twice = before == after == PARTS[0]
            if twice or (PARTS.index(after) < PARTS.index(before) and not again):
                raise InputError(
                    f"stages are {', '.join(parts)}: expected the order {', '.join(PARTS)}, all but "
                    f"{PARTS[0]} as often as you like"
                )
        if self.model.start is not None and self.stages[0].part == "vae":
            raise InputError(f"start is {self.model.start!r}, which has a trained vae: leave out that stage")
        for stage in self.stages:
            if stage.frames > self.data.frames:
                raise InputError(
                    f"stage {stage.part} takes {stage.frames} frames, but data have {self.data.frames}"
                )
            if any(part > whole for part, whole in zip(stage.crop, self.data.size, strict=True)):
                raise InputError(
                    f"stage {stage.part} crops {stage.crop[0]}x{stage.crop[1]}, but data are "
                    f"{self.data.size[0]}x{self.data.size[1]}"
                )


def read_settings(name: str | Path) -> TrainingSettings:
    """The package's settings `svd` or `nano`, or those of a YAML file.

    Raises:
        InputError: there are none of that name, or something in them is wrong.
    """
    bundled = CONFIGS / f"{name}.yaml"
    path = Path(name)
    if not path.is_file():
        if not bundled.is_file() or "/" in str(name):
            known = ", ".join(sorted(one.stem for one in CONFIGS.glob("*.yaml")))
            raise InputError(f"{name}: is no file of settings; give {known}, or a YAML file")
        path = bundled
    return build(TrainingSettings, read_yaml(path), path.name if path == bundled else str(path))
