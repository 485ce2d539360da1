"""Turn published weights of networks that measure into the safetensors that `anybokeh eval` reads.

    python tools/convert_metric_weights.py lpips alexnet-owt-7be5be79.pth alex.pth [-o FOLDER]
    python tools/convert_metric_weights.py i3d rgb_imagenet.pt [-o FOLDER]
    python tools/convert_metric_weights.py raft raft_large_C_T_SKHT_V2-ff5fadd5.pth [-o FOLDER]

Where the files come from is in docs/benchmark.md. They are read as tensors alone; no code in them is run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from anybokeh.evaluation.metrics import i3d, lpips, raft_flow
from anybokeh.evaluation.metrics.weights import default_folder

FILES = {"lpips": lpips.FILE, "i3d": i3d.FILE, "raft": raft_flow.FILE}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=list(FILES))
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, default=default_folder())
    options = parser.parse_args()
    weights: dict[str, torch.Tensor] = {}
    for file in options.files:
        weights |= torch.load(file, map_location="cpu", weights_only=True)
    weights = convert(options.network, weights)
    options.output.mkdir(parents=True, exist_ok=True)
    save_file(weights, options.output / FILES[options.network])
    print(options.output / FILES[options.network])


def convert(network: str, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights under the names that the metrics use, without what they do not."""
    weights = {name: tensor.detach().float().contiguous() for name, tensor in weights.items()}
    if network == "lpips":
        # the weightings are called lin0.model.1.weight where they are published
        weights = {name.replace(".model.1.", "."): tensor for name, tensor in weights.items()}
        weights = {name: tensor for name, tensor in weights.items() if name in lpips.KEYS}
        lpips.check_lpips(weights, "what was given")
    if network == "i3d":
        weights = {
            name: tensor for name, tensor in weights.items() if not name.endswith("num_batches_tracked")
        }
        i3d.check_i3d(weights, "what was given")
    return weights


if __name__ == "__main__":
    main()
