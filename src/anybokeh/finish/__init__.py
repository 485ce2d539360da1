"""What a rendered picture still needs to look filmed: the grain that blur took away, and smooth gradients."""

from anybokeh.finish.finishing import Finish
from anybokeh.finish.grain import Grain
from anybokeh.finish.measuring import measure_grain

__all__ = ["Finish", "Grain", "measure_grain"]
