"""How much work the one-step model is, and how much of it is saved.

Counts floating-point operations a frame with PyTorch's own counter, on the meta device, at full size: the
official release's way against the package's. Then runs a small model both ways and compares processor seconds
and results.

    python benchmarks/operations.py [--frames 24] [--size 1024x576] [--run]

With --tiny, models of the tests take the place of both, which shows nothing but that this works.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from anybokeh.models import AnyBokehPipeline, BokehUNet, BokehVAE
from anybokeh.models.embedding import embed_pictures
from anybokeh.models.windows import plan_windows
from plain_one_step import all_tokens, make_plain, plain_clip

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

FULL_UNET: dict = {"num_attention_heads": (5, 10, 20, 20)}
FULL_VAE: dict = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "layers_per_block": 2,
}
FULL_CLIP: dict = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "patch_size": 14,
    "projection_dim": 1024,
    "hidden_act": "gelu",
}
SMALL_UNET: dict = {
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    "block_out_channels": (320, 64),
    "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96,
    "layers_per_block": 1,
    "cross_attention_dim": 32,
    "num_attention_heads": (5, 2),
    "num_frames": 8,
}
SMALL_VAE: dict = FULL_VAE | {"layers_per_block": 1, "force_upcast": False}
SMALL_CLIP: dict = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "patch_size": 32,
    "projection_dim": 32,
}


@dataclass(frozen=True)
class Sizes:
    """What the networks of a model are built of."""

    unet: dict
    vae: dict
    clip: dict


FULL, SMALL = Sizes(FULL_UNET, FULL_VAE, FULL_CLIP), Sizes(SMALL_UNET, SMALL_VAE, SMALL_CLIP)


def tiny() -> Sizes:
    """Of the model that tests run."""
    from models import small

    return Sizes(small.UNET, small.VAE, small.CLIP)


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the work of the one-step model.")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="1024x576", metavar="WIDTHxHEIGHT")
    parser.add_argument("--run", action="store_true", help="also run a small model, 18 frames of 128x64")
    parser.add_argument("--tiny", action="store_true", help="a model of the tests in place of both")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    width, height = map(int, options.size.split("x"))
    counted, run = (tiny(), tiny()) if options.tiny else (FULL, SMALL)
    print_operations(counted, options.frames, height, width)
    if options.run:
        # whole windows: single channels have no variance over a grey frame, which would magnify rounding
        print_seconds(run, *((12, 64, 1) if options.tiny else (18, 128, 2)))


def print_operations(sizes: Sizes, frames: int, height: int, width: int) -> None:
    """Tera-operations a frame, by part."""
    release, ours = (
        operations(sizes, frames, height, width, plain=True),
        operations(sizes, frames, height, width, plain=False),
    )
    print(f"{frames} frames of {width}x{height}, 1e12 operations a frame (multiply and add are two)")
    print(f"{'':8}{'release':>10}{'anybokeh':>10}{'ratio':>8}")
    for part in release | {"all": 0.0}:
        a, b = (sum(x.values()) if part == "all" else x[part] for x in (release, ours))
        print(f"{part:8}{a / frames / 1e12:10.2f}{b / frames / 1e12:10.2f}{a / b:8.2f}")


def operations(sizes: Sizes, frames: int, height: int, width: int, *, plain: bool) -> dict[str, float]:
    """Operations of a whole clip, by part."""
    plan = plan_windows(frames)
    with torch.device("meta"):
        unet, vae = BokehUNet(**sizes.unet).to("meta"), BokehVAE(**sizes.vae).to("meta")
        encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**sizes.clip))
        picture = torch.empty(1, 3, height, width)
        latents = torch.empty(8, 4, height // 8, width // 8)
    features = [torch.cat([stage] * 8) for stage in vae.encode_with_features(picture)[1]]
    ids, blur = (torch.empty(shape, device="meta") for shape in ((1, 3), (8,)))
    context = torch.empty(8, 1, sizes.clip["projection_dim"], device="meta")
    if plain:
        make_plain(unet)

    def one_window() -> None:
        sample, step = torch.cat((latents, latents), 1)[None], torch.ones((), device="meta")
        tokens = all_tokens(unet, latents) if plain else None
        unet(sample, step, context, ids, blur, tokens)

    # the padding is one more frame for the package
    seen = 8 * len(plan.windows) if plain else frames + (plan.windows[-1].stop > frames)
    decoded = sum(chunk.stop - chunk.start for chunk in plan.chunks)
    encode = count(lambda: vae.encode_with_features(picture)) + count(lambda: vae.encode_latents(picture))
    return {
        "encode": seen * encode,
        "embed": seen * count(lambda: embed_pictures(encoder, picture, None, normalise=False)),
        "unet": len(plan.windows) * count(one_window),
        "decode": decoded / 8 * count(lambda: vae.decode(latents, 8, features)),
    }


def count(work: Callable[[], object]) -> float:
    """Floating-point operations of a call."""
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def print_seconds(sizes: Sizes, frames: int, width: int, repeats: int) -> None:
    """Processor seconds of a small model both ways, and how far the results lie apart."""
    torch.manual_seed(0)
    unet, vae = BokehUNet(**sizes.unet).eval(), BokehVAE(**sizes.vae).eval()
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**sizes.clip)).eval()
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if "alpha_" in name:
                parameter.fill_(0.5)
    rng = np.random.default_rng(0)
    pictures = torch.from_numpy(rng.random((frames, 3, 64, width), np.float32))
    disparity = torch.from_numpy(rng.random((frames, 64, width), np.float32))
    blur = torch.linspace(4, 24, frames)
    plain = make_plain(copy.deepcopy(unet)), copy.deepcopy(vae), encoder
    pipe = AnyBokehPipeline(unet=unet, vae=vae, image_encoder=encoder, variant="released")

    def ours() -> torch.Tensor:
        return pipe(pictures, disparity, 0.5, blur).frames

    def theirs() -> torch.Tensor:
        return plain_clip(*plain, pictures, (disparity - 0.5).abs(), blur)

    apart = (ours() - theirs()).abs().max()
    seconds: dict[str, list[float]] = {"release": [], "anybokeh": []}
    for _ in range(repeats):
        for name, run in (("release", theirs), ("anybokeh", ours)):
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    best = {name: min(values) for name, values in seconds.items()}
    threads = torch.get_num_threads()
    clip = f"{frames} frames of {width}x64"
    print(f"\n{clip}, small model, {threads} threads, processor seconds (best of {repeats})")
    print(f"release {best['release']:.1f}, anybokeh {best['anybokeh']:.1f}, ", end="")
    print(f"ratio {best['release'] / best['anybokeh']:.2f}, results differ by at most {apart:.1e}")


if __name__ == "__main__":
    main()
