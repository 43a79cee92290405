"""Charts as SVG. Classes and attributes only, as a strict policy forbids styles within a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

LINES = 4
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 32.0
# A round number of these, or of ten times as much, is the top of a chart: its lines divide it.
TOPS = (4, 8, 12, 16, 20, 24, 32, 40, 60, 80, 100)

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """How large a chart is, in units of its text: what fits a desk is too small on a phone."""

    name: str
    width: float
    height: float
    # Whether a pointer can ask it for the numbers of a point.
    is_asked: bool
    # At most so many points are named below it.
    names: int
    left: float = 76.0
    right: float = 20.0
    top: float = 12.0
    bottom: float = 30.0

    def x(self, number: int, of: int) -> float:
        """Where a point stands among so many."""
        if of == 1:
            return (self.left + self.width - self.right) / 2
        return self.left + (self.width - self.left - self.right) * number / (of - 1)

    def y(self, value: float, top: float) -> float:
        """Where a value stands below the top."""
        return self.top + (self.floor - self.top) * (1 - value / top)

    @property
    def floor(self) -> float:
        """Where zero stands."""
        return self.height - self.bottom


FRAMES = (
    Frame("desk", 1140, 300, is_asked=True, names=10),
    Frame("phone", 360, 230, is_asked=False, names=4, left=68),
)
# Beyond so many, marks would touch.
MARKED = 100
# Of hours, each of these is named, so that the names are those that one expects.
HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 96, 168)


@dataclass(frozen=True, slots=True)
class Point:
    """A part of the window: what it came to, and what the same part came to before."""

    name: str
    short: str
    # None: not begun yet, or nothing to reckon it from.
    value: float | None
    before_name: str = ""
    before: float | None = None
    is_begun: bool = True
    is_open: bool = False
    is_moved: bool = False
    is_purged: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart draws."""

    name: str
    step: str
    points: Sequence[Point]
    write: Callable[[float | None], str]
    # Values that are bounds, each with its name.
    bounds: Sequence[tuple[float, str]] = ()
    is_compared: bool = False
    # The chart is at least so high.
    least: float = 0.0

    @property
    def has_open(self) -> bool:
        """Whether more may come of some point."""
        return any(point.is_open for point in self.points)

    @property
    def has_moved(self) -> bool:
        """Whether a point is another than it was when it was published."""
        return any(point.is_moved for point in self.points)

    @property
    def has_purged(self) -> bool:
        """Whether raw no longer holds the events of a point."""
        return any(point.is_purged for point in self.points)


def line_chart(series: Series) -> Markup:
    """A line, with the comparison as a second one; once for each size of screen."""
    return Markup("").join(_chart(series, frame) for frame in FRAMES)


def _chart(series: Series, frame: Frame) -> Markup:
    points = series.points
    values = [value for point in points for value in (point.value, point.before) if value]
    top = _top(max([*values, *(bound for bound, _ in series.bounds), series.least]))

    def places(told: Sequence[float | None]) -> list[Place | None]:
        return [
            None if value is None else (frame.x(number, len(points)), frame.y(value, top))
            for number, value in enumerate(told)
        ]

    now = places([point.value for point in points])
    closed = [None if point.is_open else place for point, place in zip(points, now, strict=True)]
    # What is not complete hangs on the last that is.
    still_open = [
        place
        if point.is_open
        or (number + 1 < len(points) and points[number + 1].is_open and now[number + 1])
        else None
        for number, (point, place) in enumerate(zip(points, now, strict=True))
    ]
    return Markup("").join(
        [
            Markup(
                '<svg class="chart {}" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">'
            ).format(
                frame.name,
                frame.width,
                frame.height,
                f"{series.name} by {series.step}; the same as a table below",
            ),
            _purged(series, frame),
            _grid(series, frame, top),
            _named(series, frame),
            *_lines("before", places([point.before for point in points])),
            *(_area(run, frame.floor) for run in _runs(closed) if len(run) > 1),
            *_lines("now", closed),
            *_lines("now open", still_open),
            *(_bound(series, frame, bound, name, top) for bound, name in series.bounds),
            *(_marked(series, frame, number, place) for number, place in enumerate(now)),
            Markup("</svg>"),
        ]
    )


def sparkline(values: Sequence[float | None]) -> Markup:
    """A line without anything around it, for beside the number; straight over what is not known."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    top = max(known) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    points = [
        (number * step, 2 + (SPARK_HEIGHT - 4) * (1 - value / top))
        for number, value in enumerate(values)
        if value is not None
    ]
    if len(points) == 1:
        points = [(0, points[0][1]), (SPARK_WIDTH, points[0][1])]
    return Markup(
        '<svg class="spark" viewBox="0 0 {:.0f} {:.0f}" preserveAspectRatio="none" '
        'aria-hidden="true">{}</svg>'
    ).format(SPARK_WIDTH, SPARK_HEIGHT, Markup("").join(_lines("now", points)))


def bar(share: float) -> Markup:
    """A bar behind a row."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.2f}" height="1"/></svg>'
    ).format(100 * min(max(share, 0), 1))


def _top(most: float) -> float:
    """A round number that is no smaller, and that the lines of the grid divide."""
    size = 1.0 if most > 1 else 0.001
    if not most:
        return float(TOPS[0])
    while TOPS[-1] * size < most:
        size *= 10
    return next(top * size for top in TOPS if top * size >= most)


def _runs(places: Sequence[Place | None]) -> list[list[Place]]:
    """The parts of a line between its gaps."""
    runs: list[list[Place]] = [[]]
    for place in places:
        if place is not None:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _lines(name: str, places: Sequence[Place | None]) -> list[Markup]:
    return [
        Markup('<polyline class="{}" points="{}"/>').format(
            name, " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
        )
        for run in map(_seen, _runs(places))
    ]


def _seen(run: list[Place]) -> list[Place]:
    """What lies alone is a short line."""
    if len(run) > 1:
        return run
    [(x, y)] = run
    return [(x - 2, y), (x + 2, y)]


def _area(run: Sequence[Place], floor: float) -> Markup:
    corners = [*run, (run[-1][0], floor), (run[0][0], floor)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return Markup('<polygon class="area" points="{}"/>').format(path)


def _grid(series: Series, frame: Frame, top: float) -> Markup:
    line = Markup(
        '<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="value" x="{:.0f}" y="{:.1f}">{}</text>'
    )
    return Markup("").join(
        line.format(
            frame.left, frame.width - frame.right, y, y, frame.left - 8, y + 4, series.write(value)
        )
        for number in range(LINES + 1)
        for value in [top * number / LINES]
        for y in [frame.y(value, top)]
    )


def _bound(series: Series, frame: Frame, bound: float, name: str, top: float) -> Markup:
    y = frame.y(bound, top)
    return Markup(
        '<line class="bound {0}" x1="{1:.0f}" x2="{2:.0f}" y1="{3:.1f}" y2="{3:.1f}"/>'
        '<text class="bound" x="{4:.0f}" y="{5:.1f}">{0} {6}</text>'
    ).format(
        name,
        frame.left,
        frame.width - frame.right,
        y,
        frame.left + 6,
        y - 5 if y > frame.top + 16 else y + 16,
        series.write(bound),
    )


def _named(series: Series, frame: Frame) -> Markup:
    points = series.points
    every = -(-len(points) // frame.names)
    if series.step == "hour":
        every = next(hours for hours in HOURS if hours >= every)
    return Markup("").join(
        Markup('<text class="day{}" x="{:.1f}" y="{:.0f}">{}</text>').format(
            # The name of the last one must not leave the picture.
            " last" if number == len(points) - 1 > 0 else "",
            frame.x(number, len(points)) + (frame.right if number == len(points) - 1 > 0 else 0),
            frame.height - 8,
            points[number].short,
        )
        for number in range(0, len(points), every)
    )


def _purged(series: Series, frame: Frame) -> Markup:
    """What raw no longer holds, which is always the first of them."""
    gone = sum(point.is_purged for point in series.points)
    if not gone:
        return Markup("")
    width = max(frame.x(gone - 1, len(series.points)) - frame.left, 4)
    return Markup(
        '<rect class="purged" x="{:.0f}" y="{:.0f}" width="{:.1f}" height="{:.0f}"/>'
    ).format(frame.left, frame.top, width, frame.floor - frame.top)


def _marked(series: Series, frame: Frame, number: int, place: Place | None) -> Markup:
    """The mark of a point, and the room that tells of it under a pointer."""
    of = len(series.points)
    point = series.points[number]
    x = frame.x(number, of)
    mark = Markup("")
    if place is not None and of <= MARKED:
        mark += Markup('<circle class="dot{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(
            " open" if point.is_open else "", x, place[1], 3.5 if of <= 31 else 2
        )
    if point.is_moved:
        mark += Markup('<path class="restated" d="M{:.1f} {:.1f} l5 9 h-10 z"/>').format(
            x, frame.floor + 1
        )
    if not frame.is_asked:
        return mark
    room = (frame.width - frame.left - frame.right) / max(of - 1, 1)
    return Markup(
        '<g class="of-day"><title>{}</title><rect class="room" x="{:.1f}" y="{:.0f}" '
        'width="{:.1f}" height="{:.0f}"/>{}</g>'
    ).format(_told(series, point), x - room / 2, frame.top, room, frame.floor - frame.top, mark)


def _told(series: Series, point: Point) -> str:
    told = f"{series.write(point.value)} {series.name.lower()}"
    lines = [f"{point.name}: {told if point.is_begun else 'not begun yet'}"]
    if point.before_name:
        lines.append(f"{point.before_name}: {series.write(point.before)}")
    if point.is_open and point.is_begun:
        lines.append("not complete yet")
    if point.is_moved:
        lines.append("moved after it was published")
    if point.is_purged:
        lines.append("raw events are purged")
    return "\n".join(lines)
