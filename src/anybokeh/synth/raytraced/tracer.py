"""Tracing rays through a scene of surfaces: what a pinhole or a thin lens sees, and how far away it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.light import encode
from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.find_mitsuba import drjit, mitsuba
from anybokeh.synth.raytraced.lens import ThinLens
from anybokeh.synth.raytraced.surfaces import Surface

_RAYS_AT_ONCE = 1 << 22
_PROBES = 5


@dataclass(frozen=True)
class Quality:
    """How many rays a pixel gets: `batch` at a time until its noise is low or `most` is reached.

    Attributes:
        least, most, batch: rays a pixel, powers of two; `least` must be two batches or more, so that there is
            a spread to judge by, unless it is also `most`.
        noise: standard error to reach, in sRGB code values of [0, 1].
        seed: of the sample points; different seeds give independent noise.
    """

    least: int = 128
    most: int = 2048
    batch: int = 64
    noise: float = 0.002
    seed: int = 0

    def __post_init__(self) -> None:
        if not (
            self.batch <= self.least <= self.most
            and (self.least == self.most or self.least >= 2 * self.batch)
        ):
            raise InputError(
                f"rays a pixel are {self.batch} a batch, {self.least} to {self.most}: "
                "expected two batches at least"
            )


@dataclass(frozen=True)
class Geometry:
    """What lies at every pixel.

    Attributes:
        depth: (height, width) float32, along the optical axis, of the nearest surface that covers half of
            the pixel or more together with those in front of it; infinite where nothing does.
        subject: (height, width) float32, share of the pixel covered by the visible subject.
    """

    depth: np.ndarray
    subject: np.ndarray


class Tracer:
    """A scene built in Mitsuba, ready to be seen by any camera.

    Raises:
        InputError: if Mitsuba cannot be used here.
    """

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        self._mi, self._dr = mitsuba(), drjit()
        meshes = {f"surface_{index:04d}": self._mesh(surface) for index, surface in enumerate(surfaces)}
        self._scene = self._mi.load_dict({"type": "scene", **meshes})
        self._subjects = self._subject_table(list(meshes.values()), surfaces)

    def picture(
        self,
        camera: Camera,
        size: tuple[int, int],
        lens: ThinLens | None = None,
        quality: Quality | None = None,
    ) -> np.ndarray:
        """The scene in linear light with a box pixel filter, (height, width, 3) float32, unclipped.

        Args:
            camera: where from.
            size: (width, height) in pixels.
            lens: None for a pinhole, which has everything in focus.
            quality: rays a pixel, `Quality()` if None.
        """
        quality = quality or Quality()
        width, height = size
        sensor = self._sensor(camera, size, lens)
        points = _sobol(quality.most)
        total = np.zeros((height * width, 3))
        spread = np.zeros((height * width, 3))
        count = np.zeros(height * width, dtype=np.int64)
        pixels = np.arange(height * width, dtype=np.uint32)
        for first in range(0, quality.most, quality.batch):
            means = self._batch(sensor, size, pixels, points[first : first + quality.batch], quality.seed)
            total[pixels] += means
            spread[pixels] += means**2
            count[pixels] += 1
            if first + quality.batch < quality.least:
                continue
            pixels = _noisy_pixels(total, spread, count, size, quality.noise)
            if len(pixels) == 0:
                break
        return (total / count[:, None]).reshape(height, width, 3).astype(np.float32)

    def geometry(self, camera: Camera, size: tuple[int, int]) -> Geometry:
        """Depth and subject mask as a pinhole at the middle of the lens sees them."""
        mi = self._mi
        width, height = size
        sensor = self._sensor(camera, size, None)
        offsets = (np.arange(_PROBES) + 0.5) / _PROBES
        depths, shares = [], []
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        for dy in offsets:
            for dx in offsets:
                film = mi.Point2f(
                    ((columns.ravel() + dx) / width).astype(np.float32),
                    ((rows.ravel() + dy) / height).astype(np.float32),
                )
                ray, _ = sensor.sample_ray(0.0, 0.5, film, mi.Point2f(0.5))
                depth, share = self._probe(ray, camera)
                depths.append(depth)
                shares.append(share)
        # The median over an odd grid is the depth at the pixel's centre on any plane, and the depth of the
        # surface that covers most of the pixel at an outline.
        depth = np.sort(np.stack(depths), axis=0)[len(depths) // 2]
        subject = np.mean(np.stack(shares), axis=0)
        return Geometry(depth.reshape(height, width), subject.reshape(height, width).astype(np.float32))

    def _mesh(self, surface: Surface) -> Any:
        mi = self._mi
        picture = np.ascontiguousarray(surface.picture, dtype=np.float32)
        opacity = {"type": "bitmap", "data": mi.TensorXf(picture[..., 3:]), "raw": True, "wrap_mode": "clamp"}
        radiance = {
            "type": "bitmap",
            "data": mi.TensorXf(picture[..., :3].copy()),
            "raw": True,
            "wrap_mode": "clamp",
        }
        properties = mi.Properties()
        properties["bsdf"] = mi.load_dict({"type": "mask", "opacity": opacity, "nested": {"type": "diffuse"}})
        properties["emitter"] = mi.load_dict({"type": "area", "radiance": radiance})
        mesh = mi.Mesh(
            "surface",
            vertex_count=len(surface.vertices),
            face_count=len(surface.faces),
            has_vertex_texcoords=True,
            props=properties,
        )
        parameters = mi.traverse(mesh)
        parameters["vertex_positions"] = mi.Float(surface.vertices.astype(np.float32).ravel())
        parameters["vertex_texcoords"] = mi.Float(surface.uv.astype(np.float32).ravel())
        parameters["faces"] = mi.UInt32(surface.faces.astype(np.uint32).ravel())
        parameters.update()
        return mesh

    def _subject_table(self, meshes: list[Any], surfaces: Sequence[Surface]) -> Any:
        """Subject flag by the number that Mitsuba gives a shape."""
        mi, dr = self._mi, self._dr
        numbers = [int(dr.reinterpret_array(mi.UInt32, mi.ShapePtr(mesh))[0]) for mesh in meshes]
        flags = np.zeros(max(numbers) + 1, dtype=np.float32)
        flags[numbers] = [surface.subject for surface in surfaces]
        return mi.Float(flags)

    def _sensor(self, camera: Camera, size: tuple[int, int], lens: ThinLens | None) -> Any:
        mi = self._mi
        film = {"type": "hdrfilm", "width": size[0], "height": size[1], "rfilter": {"type": "box"}}
        common = {
            "fov": camera.field_of_view,
            "fov_axis": "x",
            "near_clip": 1e-2,
            "far_clip": 1e5,
            "to_world": mi.ScalarTransform4f().look_at(camera.position, camera.target, camera.up),
            "film": film,
        }
        if lens is None:
            return mi.load_dict({"type": "perspective", **common})
        return mi.load_dict(
            {
                "type": "thinlens",
                "aperture_radius": lens.aperture_radius,
                "focus_distance": lens.focus_distance,
                **common,
            }
        )

    def _batch(
        self, sensor: Any, size: tuple[int, int], pixels: np.ndarray, points: np.ndarray, seed: int
    ) -> np.ndarray:
        """Mean radiance of `pixels` (n,) over the sample points (rays, 4), (n, 3) float64."""
        at_once = max(1, _RAYS_AT_ONCE // len(points))
        parts = [
            self._trace_pixels(sensor, size, pixels[start : start + at_once], points, seed)
            for start in range(0, len(pixels), at_once)
        ]
        return np.concatenate(parts)

    def _trace_pixels(
        self, sensor: Any, size: tuple[int, int], pixels: np.ndarray, points: np.ndarray, seed: int
    ) -> np.ndarray:
        mi, dr = self._mi, self._dr
        rays = len(points)
        index = dr.arange(mi.UInt32, len(pixels) * rays)
        pixel = dr.gather(mi.UInt32, mi.UInt32(pixels), index // rays)
        shift_seed = dr.opaque(mi.UInt32, seed)
        shifts = [*mi.sample_tea_32(pixel, 2 * shift_seed), *mi.sample_tea_32(pixel, 2 * shift_seed + 1)]
        sample = [
            mi.Float(
                (dr.gather(mi.UInt32, mi.UInt32(points[:, axis].copy()), index % rays) ^ shifts[axis]) >> 8
            )
            * 2.0**-24
            for axis in range(4)
        ]
        width, height = size
        film = mi.Point2f(
            (mi.Float(pixel % width) + sample[0]) / width, (mi.Float(pixel // width) + sample[1]) / height
        )
        ray, _ = sensor.sample_ray(0.0, 0.5, film, mi.Point2f(sample[2], sample[3]))
        radiance = self._radiance(ray)
        # Evaluated together: `block_sum` alone would trace the rays once for each channel.
        dr.eval(radiance)
        sums = [dr.block_sum(channel, rays) for channel in radiance]
        dr.eval(*sums)
        return np.stack([np.array(channel, dtype=np.float64) for channel in sums], axis=-1) / rays

    def _radiance(self, ray: Any) -> Any:
        """Radiance along each ray: pictures composited front to back by their coverage."""
        mi, dr, scene = self._mi, self._dr, self._scene

        def step(ray: Any, light: Any, open_share: Any, active: Any) -> tuple[Any, Any, Any, Any]:
            hit = scene.ray_intersect(ray, active)
            active &= hit.is_valid()
            opacity = 1 - hit.bsdf().eval_null_transmission(hit, active)[0]
            hit.wi.z = dr.abs(hit.wi.z)
            light += dr.select(active, open_share * opacity * hit.emitter(scene, active).eval(hit, active), 0)
            open_share *= 1 - opacity
            active &= open_share > 1e-3
            return mi.Ray3f(hit.spawn_ray(ray.d)), light, open_share, active

        state = (mi.Ray3f(ray), mi.Color3f(0), mi.Float(1), mi.Bool(True))
        state = dr.while_loop(state, lambda ray, light, open_share, active: active, step)
        return state[1]

    def _probe(self, ray: Any, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
        """Depth where coverage from the front reaches a half, and share of the subject, along each ray."""
        mi, dr, scene, subjects = self._mi, self._dr, self._scene, self._subjects
        origin, forward = mi.Point3f(*map(float, camera.position)), mi.Vector3f(*map(float, camera.forward))
        dr.make_opaque(origin, forward)

        def step(
            ray: Any, depth: Any, share: Any, open_share: Any, active: Any
        ) -> tuple[Any, Any, Any, Any, Any]:
            hit = scene.ray_intersect(ray, active)
            active &= hit.is_valid()
            opacity = dr.select(active, 1 - hit.bsdf().eval_null_transmission(hit, active)[0], 0)
            flag = dr.gather(mi.Float, subjects, dr.reinterpret_array(mi.UInt32, hit.shape), active)
            share += open_share * opacity * flag
            open_share *= 1 - opacity
            reached = active & (open_share <= 0.5) & dr.isinf(depth)
            depth = dr.select(reached, dr.dot(hit.p - origin, forward), depth)
            active &= open_share > 1e-3
            return mi.Ray3f(hit.spawn_ray(ray.d)), depth, share, open_share, active

        state = (mi.Ray3f(ray), mi.Float(np.inf), mi.Float(0), mi.Float(1), mi.Bool(True))
        _, depth, share, _, _ = dr.while_loop(
            state, lambda ray, depth, share, open_share, active: active, step
        )
        dr.eval(depth, share)
        return np.array(depth), np.array(share)


def _sobol(count: int) -> np.ndarray:
    """The first points of the four-dimensional Sobol sequence as 32-bit fractions, (count, 4) uint32."""
    from scipy.stats import qmc

    return (qmc.Sobol(4, scramble=False, bits=32).random(count) * 2.0**32).astype(np.uint32)


def _noisy_pixels(
    total: np.ndarray, spread: np.ndarray, count: np.ndarray, size: tuple[int, int], noise: float
) -> np.ndarray:
    """Numbers of the pixels that need more rays, (n,) uint32.

    The batches are parts of one low-discrepancy sequence, so that their mean is better than their spread
    says: the estimate is on the safe side. A pixel also stays while a neighbour is noisy, since small
    lamps may be missed by a pixel's first rays.
    """
    from scipy.ndimage import maximum_filter

    batches = count[:, None]
    mean = total / batches
    variance = np.maximum(spread / batches - mean**2, 0) / np.maximum(batches - 1, 1)
    error = np.sqrt(variance)
    in_code = (encode(mean + error, "srgb") - encode(np.maximum(mean - error, 0), "srgb")) / 2
    worst = in_code.max(axis=1).reshape(size[1], size[0])
    latest = (count == count.max()).reshape(size[1], size[0])
    noisy = maximum_filter(np.where(latest, worst, 0), size=3) > noise
    return np.flatnonzero((noisy & latest).ravel()).astype(np.uint32)
