"""Small pictures in notebooks."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Sequence

import numpy as np

WIDTH = 200
"""Pixels of a small picture."""


def picture_table(rows: Sequence[Sequence[np.ndarray]], captions: Sequence[str], title: str) -> str:
    """HTML of pictures in rows, with a caption below each column.

    Args:
        rows: of pictures (height, width) or (height, width, 3) RGB, in [0, 1]; all rows have one length.
        captions: of the columns.
        title: a line above them.
    """
    lines = ["".join(f"<td>{_image(picture)}</td>" for picture in row) for row in rows]
    lines.append("".join(f"<td>{html.escape(caption)}</td>" for caption in captions))
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<div><code>{html.escape(title)}</code><table>{table}</table></div>"


def _image(picture: np.ndarray) -> str:
    import cv2

    codes = np.rint(np.clip(np.nan_to_num(picture), 0, 1) * 255).astype(np.uint8)
    height, width = codes.shape[:2]
    if width > WIDTH:
        codes = cv2.resize(codes, (WIDTH, max(1, height * WIDTH // width)), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".png", codes if codes.ndim == 2 else codes[..., ::-1])
    return f'<img src="data:image/png;base64,{b64encode(data.tobytes()).decode()}">'
