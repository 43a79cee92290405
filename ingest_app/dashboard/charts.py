"""Charts as SVG. Classes and attributes only, as a strict policy forbids styles within a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ingest_app.dashboard import words

STEPS = 4
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 32.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """How large a chart is, in units of its text: what fits a desk is too small on a phone."""

    name: str
    width: float
    height: float
    # Whether a pointer can ask it for the numbers of a day.
    is_asked: bool
    # About so many days are named below it.
    named_days: int
    left: float = 56.0
    right: float = 20.0
    top: float = 12.0
    bottom: float = 30.0

    def x(self, number: int, of: int) -> float:
        """Where a day stands among so many."""
        if of == 1:
            return (self.left + self.width - self.right) / 2
        return self.left + (self.width - self.left - self.right) * number / (of - 1)

    def y(self, value: float, most: int) -> float:
        """Where a value stands below the largest."""
        return self.top + (self.floor - self.top) * (1 - value / most)

    @property
    def floor(self) -> float:
        """Where zero stands."""
        return self.height - self.bottom


FRAMES = (
    Frame("desk", 1140, 300, is_asked=True, named_days=10),
    Frame("phone", 360, 230, is_asked=False, named_days=4, left=46),
)
# Beyond so many, marks would touch.
MARKED_DAYS = 100


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart draws: a value a day, and the same of the comparison, day by day."""

    name: str
    days: Sequence[str]
    values: Sequence[int]
    before: Sequence[int] = ()
    before_days: Sequence[str] = ()
    # From this day on more may come.
    open_from: str = "9999-12-31"
    # Before this day raw no longer holds the events.
    held_from: str | None = None
    restated: frozenset[str] = frozenset()


def line_chart(series: Series) -> Markup:
    """A line by day, with the comparison as a second one; once for each size of screen."""
    return Markup("").join(_chart(series, frame) for frame in FRAMES)


def _chart(series: Series, frame: Frame) -> Markup:
    most = _top(max([*series.values, *series.before, 0]))
    of = len(series.days)
    now, before = (
        [(frame.x(number, of), frame.y(value, most)) for number, value in enumerate(values[:of])]
        for values in (series.values, series.before)
    )
    closed = sum(day < series.open_from for day in series.days)
    return Markup("").join(
        [
            Markup(
                '<svg class="chart {}" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">'
            ).format(
                frame.name,
                frame.width,
                frame.height,
                f"{series.name} by day; the same as a table below",
            ),
            _purged(series, frame),
            _grid(frame, most),
            _named_days(series, frame),
            _line("before", before),
            _area(now, frame.floor),
            _line("now", now[:closed]),
            # The day that is not complete hangs on the last that is.
            _line("now open", now[max(closed - 1, 0) :] if closed < len(now) else []),
            *(_day(series, frame, number, now, before) for number in range(len(now))),
            Markup("</svg>"),
        ]
    )


def sparkline(values: Sequence[int]) -> Markup:
    """A line without anything around it, for beside the number."""
    top = max([*values, 1])
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    points = [
        (number * step, 2 + (SPARK_HEIGHT - 4) * (1 - value / top))
        for number, value in enumerate(values)
    ]
    if len(points) == 1:
        points.append((SPARK_WIDTH, points[0][1]))
    return Markup(
        '<svg class="spark" viewBox="0 0 {:.0f} {:.0f}" preserveAspectRatio="none" '
        'aria-hidden="true">{}</svg>'
    ).format(SPARK_WIDTH, SPARK_HEIGHT, _line("now", points))


def bar(share: float) -> Markup:
    """A bar behind a row."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.2f}" height="1"/></svg>'
    ).format(100 * min(max(share, 0), 1))


def _top(most: int) -> int:
    """A round number that is no smaller, and that the lines of the grid divide."""
    size: int = 10 ** max(len(str(most)) - 2, 0)
    return next(
        top
        for factor in (4, 8, 12, 16, 20, 24, 32, 40, 60, 80, 100)
        if (top := factor * size) >= most
    )


def _line(name: str, points: Sequence[Point]) -> Markup:
    if len(points) < 2:
        return Markup("")
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(name, path)


def _area(points: Sequence[Point], floor: float) -> Markup:
    if len(points) < 2:
        return Markup("")
    corners = [*points, (points[-1][0], floor), (points[0][0], floor)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return Markup('<polygon class="area" points="{}"/>').format(path)


def _grid(frame: Frame, most: int) -> Markup:
    line = Markup(
        '<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="value" x="{:.0f}" y="{:.1f}">{}</text>'
    )
    return Markup("").join(
        line.format(
            frame.left, frame.width - frame.right, y, y, frame.left - 8, y + 4, words.count(value)
        )
        for value in range(0, most + 1, most // STEPS)
        for y in [frame.y(value, most)]
    )


def _named_days(series: Series, frame: Frame) -> Markup:
    days = series.days
    every = -(-len(days) // frame.named_days)
    return Markup("").join(
        Markup('<text class="day{}" x="{:.1f}" y="{:.0f}">{}</text>').format(
            # The name of the last day must not leave the picture.
            " last" if number == len(days) - 1 > 0 else "",
            frame.x(number, len(days)) + (frame.right if number == len(days) - 1 > 0 else 0),
            frame.height - 8,
            words.short_day(days[number]),
        )
        for number in range(0, len(days), every)
    )


def _purged(series: Series, frame: Frame) -> Markup:
    """The days that raw no longer holds."""
    gone = sum(series.held_from is not None and day < series.held_from for day in series.days)
    if not gone:
        return Markup("")
    width = max(frame.x(gone - 1, len(series.days)) - frame.left, 4)
    return Markup(
        '<rect class="purged" x="{:.0f}" y="{:.0f}" width="{:.1f}" height="{:.0f}"/>'
    ).format(frame.left, frame.top, width, frame.floor - frame.top)


def _day(
    series: Series, frame: Frame, number: int, now: Sequence[Point], before: Sequence[Point]
) -> Markup:
    """The mark of a day, and the place that tells of it under a pointer."""
    day = series.days[number]
    x, y = now[number]
    mark = Markup("")
    if len(now) <= MARKED_DAYS:
        mark += Markup('<circle class="dot{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(
            " open" if day >= series.open_from else "", x, y, 3.5 if len(now) <= 31 else 2
        )
    if day in series.restated:
        mark += Markup('<path class="restated" d="M{:.1f} {:.1f} l5 9 h-10 z"/>').format(
            x, frame.floor + 1
        )
    if not frame.is_asked:
        return mark
    room = (frame.width - frame.left - frame.right) / max(len(now) - 1, 1)
    return Markup(
        '<g class="of-day"><title>{}</title><rect class="room" x="{:.1f}" y="{:.0f}" '
        'width="{:.1f}" height="{:.0f}"/>{}</g>'
    ).format(
        _told(series, number, has_before=number < len(before)),
        x - room / 2,
        frame.top,
        room,
        frame.floor - frame.top,
        mark,
    )


def _told(series: Series, number: int, *, has_before: bool) -> str:
    day = series.days[number]
    lines = [f"{words.day(day)}: {words.count(series.values[number])} {series.name.lower()}"]
    if has_before:
        lines.append(
            f"{words.day(series.before_days[number])}: {words.count(series.before[number])}"
        )
    if day >= series.open_from:
        lines.append("not complete yet")
    if day in series.restated:
        lines.append("moved after it was published")
    return "\n".join(lines)
