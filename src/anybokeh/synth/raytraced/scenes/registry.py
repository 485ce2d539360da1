"""All benchmark scenes by name."""

from __future__ import annotations

from anybokeh.synth.raytraced.scenes.fence import FENCE
from anybokeh.synth.raytraced.scenes.ground import GROUND
from anybokeh.synth.raytraced.scenes.kind import SceneKind
from anybokeh.synth.raytraced.scenes.night import NIGHT
from anybokeh.synth.raytraced.scenes.occlusion import OCCLUSION
from anybokeh.synth.raytraced.scenes.portrait import PORTRAIT
from anybokeh.synth.raytraced.scenes.pull import PULL
from anybokeh.synth.raytraced.scenes.ramp import RAMP
from anybokeh.synth.raytraced.scenes.thin import THIN
from anybokeh.synth.raytraced.scenes.travel import TRAVEL

SCENES: dict[str, SceneKind] = {
    "portrait": PORTRAIT,
    "ground": GROUND,
    "thin": THIN,
    "night": NIGHT,
    "pull": PULL,
    "ramp": RAMP,
    "occlusion": OCCLUSION,
    "travel": TRAVEL,
    "fence": FENCE,
}
