"""Write a trained model as the package anybokeh-nano ships it: half precision, one file a network.

python tools/ship_model.py out/train/nano/model packages/anybokeh-nano/src/anybokeh_nano
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch

from anybokeh.models import AnyBokehPipeline

LARGEST = 32e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a trained model in half precision.")
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    pipe = AnyBokehPipeline.from_pretrained(options.model, torch_dtype=torch.float16)
    for part in ("unet", "vae"):
        shutil.rmtree(options.output / part, ignore_errors=True)
    pipe.save_pretrained(options.output)
    files = [path for path in options.output.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    assert size <= LARGEST, f"{size / 1e6:.1f} MB"
    print(f"{options.output}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
