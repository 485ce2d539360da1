"""Maps in one .npy or .npz file, read frame by frame from a memory map; pickles are never loaded."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.limits import check_unpacked


@dataclass(frozen=True)
class ArrayMaps:
    """An array (frames, height, width), possibly larger than memory."""

    name: str
    array: np.ndarray
    numbers: None = None
    times: None = None

    @property
    def count(self) -> int:
        return self.array.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        return self.array.shape[2], self.array.shape[1]

    def where(self, index: int) -> str:
        return f"{self.name}, frame {index}"

    def read(self, index: int) -> np.ndarray:
        return np.asarray(self.array[index])


def open_array(path: Path) -> ArrayMaps:
    """Open a .npy file, or a .npz file with one array of that shape or one called `disparity`.

    Raises InputError when the file is damaged or its array is not (frames, height, width) of numbers.
    """
    try:
        array = (
            _open_npz(path)
            if path.suffix.lower() == ".npz"
            else np.load(path, mmap_mode="r", allow_pickle=False)
        )
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or 'damaged'})") from None
    except Exception:  # numpy reads headers with Python's tokenizer, which raises what it likes
        raise InputError(
            f"{path}: is not a whole {path.suffix[1:]} file of plain numbers (damaged, or pickled objects)"
        ) from None
    if array.dtype.kind not in "uif":
        raise InputError(f"{path}: holds {array.dtype} values; save unsigned integers or floats")
    if array.ndim == 4 and 1 in (array.shape[1], array.shape[3]):
        array = array[:, 0] if array.shape[1] == 1 else array[..., 0]
    if array.ndim != 3 or 0 in array.shape:
        raise InputError(f"{path}: has shape {array.shape}, expected (frames, height, width)")
    return ArrayMaps(str(path), array)


def _open_npz(path: Path) -> np.ndarray:
    with zipfile.ZipFile(path) as archive:
        name = _member(path, archive)
        # An archive member cannot be memory-mapped: unpacked to an unnamed file it costs disk, not memory.
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115  (the memory map keeps its contents alive)
        entry = archive.getinfo(name)
        check_unpacked(path, entry.compress_size, entry.file_size)
        with archive.open(entry) as member:
            shutil.copyfileobj(member, unpacked, 1 << 20)
    unpacked.seek(0)
    shape, fortran, dtype = _header(unpacked)
    if dtype.hasobject:
        raise ValueError
    return np.memmap(unpacked, dtype, "r", unpacked.tell(), shape, "F" if fortran else "C")


def _member(path: Path, archive: zipfile.ZipFile) -> str:
    """The array called `disparity`, or the only one, or the only one that can be maps."""
    members = [name for name in archive.namelist() if name.endswith(".npy")]
    if "disparity.npy" in members:
        return "disparity.npy"
    fitting = members
    if len(members) > 1:
        fitting = [name for name in members if _can_be_maps(archive, name)]
    if len(fitting) != 1:
        names = ", ".join(sorted(name.removesuffix(".npy") for name in fitting or members)) or "(none)"
        raise InputError(f"{path}: holds the arrays {names}; save a single array or call it 'disparity'")
    return fitting[0]


def _can_be_maps(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether an array has the shape of maps and not that of matrices or of one picture."""
    with archive.open(name) as member:
        shape, _, dtype = _header(member)
    if len(shape) == 4 and 1 in (shape[1], shape[3]):
        shape = tuple(size for place, size in enumerate(shape) if place != (1 if shape[1] == 1 else 3))
    return dtype.kind in "uif" and len(shape) == 3 and min(shape[1:]) > 4


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)
