"""Rectangles and paths: what a layout is made of. Pixels, from the left and from the top."""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """How far from the left its centre is."""
        return self.left + self.width / 2

    def moved(self, right: float, down: float) -> "Box":
        """The same rectangle elsewhere."""
        return Box(self.left + right, self.top + down, self.width, self.height)

    def overlaps(self, other: "Box") -> bool:
        """Whether they have an area in common; edges may touch."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def without_repeats(points: list[Point]) -> tuple[Point, ...]:
    """A path without points that stay in place, or lie between two others on one line."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]
