"""The plate: collects flat fills and ink, in the coordinates of whatever is being placed, and writes SVG."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from demo.pictures import palette
from demo.pictures.strokes import (
    Pebble,
    Points,
    Profile,
    Ribbon,
    brush,
    contour,
    ellipse,
    turned,
    wobble,
)


@dataclass(frozen=True)
class _Affine:
    """z -> plain * z + mirrored * conj(z) + shift: all that turning, scaling and mirroring need."""

    plain: complex = 1 + 0j
    mirrored: complex = 0j
    shift: complex = 0j

    def __call__(self, z: complex) -> complex:
        return self.plain * z + self.mirrored * z.conjugate() + self.shift

    def after(self, inner: "_Affine") -> "_Affine":
        return _Affine(
            self.plain * inner.plain + self.mirrored * inner.mirrored.conjugate(),
            self.plain * inner.mirrored + self.mirrored * inner.plain.conjugate(),
            self(inner.shift),
        )


@dataclass
class Plate:
    """One drawing. Lengths of ink are in units of the page wherever the thing drawn has been placed or scaled."""

    width: int
    height: int
    rng: Random
    fine: float = 1.0
    parts: list[str] = field(default_factory=list)
    _frame: _Affine = field(default_factory=_Affine)

    @contextmanager
    def place(
        self, at: complex = 0j, size: float = 1.0, turn: float = 0.0, *, mirror: bool = False, squash: float = 1.0
    ) -> Iterator[None]:
        """Draw what follows at a point, scaled, turned (degrees), mirrored left to right, flattened by `squash`."""
        outer = self._frame
        spin = turned(turn) * size
        sx, sy = (-1.0 if mirror else 1.0), squash
        self._frame = outer.after(_Affine(spin * (sx + sy) / 2, spin * (sx - sy) / 2, at))
        try:
            yield
        finally:
            self._frame = outer

    @contextmanager
    def finer(self, factor: float) -> Iterator[None]:
        """Draw what follows with ink thinner by `factor`, for small things."""
        before = self.fine
        self.fine = before * factor
        try:
            yield
        finally:
            self.fine = before

    @contextmanager
    def clipped(self, outline: Sequence[complex]) -> Iterator[None]:
        """Show what follows only inside an outline."""
        name = f"clip{len(self.parts)}"
        shape = _d([self._frame(p) for p in outline])
        self.parts.append(f'<clipPath id="{name}"><path d="{shape}"/></clipPath><g clip-path="url(#{name})">')
        try:
            yield
        finally:
            self.parts.append("</g>")

    def fill(self, points: Sequence[complex], colour: str, opacity: float = 1.0) -> None:
        """A flat shape without a contour."""
        self._path(_d(_thinned([self._frame(p) for p in points])), colour, opacity)

    def ink(
        self, points: Sequence[complex], width: float = 4.0, colour: str = palette.INK, *, steady: bool = False
    ) -> None:
        """The contour of a closed shape, swelling away from the light."""
        swell: Profile = (lambda _t: 0.0) if steady else wobble(self.rng, 0.16)
        placed = _thinned([self._frame(p) for p in points])
        self._path(_d(contour(placed, width * self.fine, swell)), colour)

    def shape(self, points: Sequence[complex], colour: str, ink: float = 4.0, line: str = palette.INK) -> None:
        """A flat shape with its contour."""
        self.fill(points, colour)
        self.ink(points, ink, line)

    def line(
        self,
        points: Sequence[complex],
        width: float = 3.0,
        colour: str = palette.INK,
        taper: str = "both",
        opacity: float = 1.0,
    ) -> None:
        """An open line of the brush."""
        placed = [self._frame(p) for p in points]
        self._path(_d(brush(placed, width * self.fine, taper)), colour, opacity)

    def lines(
        self, many: Sequence[Points], width: float, colour: str, taper: str = "both", opacity: float = 1.0
    ) -> None:
        """Many lines of one brush and colour, in a single path."""
        d = "".join(
            _d(brush([self._frame(p) for p in line], width * self.fine, taper)) for line in many if len(line) > 1
        )
        if d:
            self._path(d, colour, opacity)

    def fills(self, many: Sequence[Sequence[complex]], colour: str, opacity: float = 1.0) -> None:
        """Many flat shapes of one colour, in a single path."""
        d = "".join(_d(_thinned([self._frame(p) for p in shape])) for shape in many)
        if d:
            self._path(d, colour, opacity)

    def pierced(self, outline: Sequence[complex], hole: Sequence[complex], colour: str) -> None:
        """A flat shape with a hole in it."""
        self.parts.append(
            f'<path fill="{colour}" fill-rule="evenodd" d="{_d([self._frame(p) for p in outline])}{_d([self._frame(p) for p in hole])}"/>'
        )

    def dots(self, centres: Sequence[complex], radius: float, colour: str, opacity: float = 1.0) -> None:
        """Round specks; the radius is in units of the page and varies a little."""
        d = []
        for centre in centres:
            z = self._frame(centre)
            r = radius * self.rng.uniform(0.6, 1.2)
            d.append(
                f"M{z.real - r:.1f} {z.imag:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"
            )
        if d:
            self._path("".join(d), colour, opacity)

    def disc(self, centre: complex, rx: float, ry: float, colour: str, ink: float = 0.0, opacity: float = 1.0) -> None:
        """An ellipse, with a contour where `ink` is above nought."""
        points = ellipse(centre, rx, ry, steps=48 if rx < 150 else 132)
        self.fill(points, colour, opacity)
        if ink:
            self.ink(points, ink)

    def svg(self) -> str:
        """The whole drawing as SVG text."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>' + "".join(self.parts) + "</svg>"

    def _path(self, d: str, colour: str, opacity: float = 1.0) -> None:
        faint = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self.parts.append(f'<path fill="{colour}"{faint} d="{d}"/>')


def speckled(rng: Random, body: Pebble, count: int, *, reach: float = 0.9) -> Points:
    """Random points inside a pebble."""
    return [body.at(rng.uniform(0, 360), reach * rng.random() ** 0.5) for _ in range(count)]


def along(rng: Random, body: Ribbon, count: int, *, reach: float = 0.8) -> Points:
    """Random points inside a ribbon."""
    return [body.at(rng.uniform(0.05, 0.95), rng.uniform(-reach, reach)) for _ in range(count)]


def _thinned(points: Points) -> Points:
    """Leave out what lies within a pixel and a half of the last point: small things need few points."""
    out = points[:1]
    for p in points[1:]:
        if abs(p - out[-1]) > 1.5:
            out.append(p)
    return out if len(out) > 3 else points


def _d(points: Sequence[complex]) -> str:
    return "M" + "L".join(f"{p.real:.1f} {p.imag:.1f}" for p in points) + "z"
