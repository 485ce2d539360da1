"""The demo: refocus the bundled clip and set it beside the ray-traced truth."""

from anybokeh.demo.run import DemoResult, run_demo

__all__ = ["DemoResult", "run_demo"]
