"""Charts as SVG. Classes and attributes only, as a strict policy forbids styles within a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ingest_app.dashboard import words

WIDTH, HEIGHT = 960.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 14.0, 14.0, 34.0
# About so many days are named below a chart.
NAMED_DAYS = 7
STEPS = 4
SPARK_WIDTH, SPARK_HEIGHT = 120.0, 32.0

Point = tuple[float, float]


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
    """A line by day, with the comparison as a second one."""
    top = _top(max([*series.values, *series.before, 0]))
    now = _points(series.values, len(series.days), top)
    before = _points(series.before[: len(series.days)], len(series.days), top)
    closed = sum(day < series.open_from for day in series.days)
    return Markup("").join(
        [
            Markup(
                '<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">'
            ).format(WIDTH, HEIGHT, f"{series.name} by day; the same as a table below"),
            _purged(series),
            _grid(top),
            _named_days(series),
            _line("before", before),
            _area(now),
            _line("now", now[:closed]),
            # The day that is not complete hangs on the last that is.
            _line("now open", now[max(closed - 1, 0) :] if closed < len(now) else []),
            *(_day(series, number, now, before) for number in range(len(now))),
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
    if most <= STEPS:
        return STEPS
    size: int = 10 ** (len(str(most)) - 1)
    return (
        next(
            top
            for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
            if (top := round(factor * size)) >= most and top % STEPS == 0
        )
        if most > 10
        else -(-most // STEPS) * STEPS
    )


def _x(number: int, of: int) -> float:
    if of == 1:
        return (LEFT + WIDTH - RIGHT) / 2
    return LEFT + (WIDTH - LEFT - RIGHT) * number / (of - 1)


def _y(value: float, top: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _points(values: Sequence[int], of: int, top: int) -> list[Point]:
    return [(_x(number, of), _y(value, top)) for number, value in enumerate(values)]


def _line(name: str, points: Sequence[Point]) -> Markup:
    if len(points) < 2:
        return Markup("")
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(name, path)


def _area(points: Sequence[Point]) -> Markup:
    if len(points) < 2:
        return Markup("")
    floor = HEIGHT - BOTTOM
    path = " ".join(
        f"{x:.1f},{y:.1f}" for x, y in [*points, (points[-1][0], floor), (points[0][0], floor)]
    )
    return Markup('<polygon class="area" points="{}"/>').format(path)


def _grid(top: int) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="value" x="{:.0f}" y="{:.1f}">{}</text>'
        ).format(
            LEFT,
            WIDTH - RIGHT,
            y,
            y,
            LEFT - 8,
            y + 4,
            words.count(value),
        )
        for value in range(0, top + 1, top // STEPS)
        for y in [_y(value, top)]
    )


def _named_days(series: Series) -> Markup:
    days = series.days
    every = -(-len(days) // NAMED_DAYS)
    return Markup("").join(
        Markup('<text class="day{}" x="{:.1f}" y="{:.0f}">{}</text>').format(
            " second" if place % 2 else "",
            _x(number, len(days)),
            HEIGHT - 10,
            words.short_day(days[number]),
        )
        for place, number in enumerate(range(0, len(days), every))
    )


def _purged(series: Series) -> Markup:
    """The days that raw no longer holds."""
    gone = sum(series.held_from is not None and day < series.held_from for day in series.days)
    if not gone:
        return Markup("")
    end = _x(gone - 1, len(series.days))
    return Markup(
        '<rect class="purged" x="{:.0f}" y="{:.0f}" width="{:.1f}" height="{:.0f}"/>'
    ).format(LEFT, TOP, max(end - LEFT, 4), HEIGHT - TOP - BOTTOM)


def _day(series: Series, number: int, now: Sequence[Point], before: Sequence[Point]) -> Markup:
    """The mark of a day, and the place that tells of it under a pointer."""
    day = series.days[number]
    told = [f"{words.day(day)}: {words.count(series.values[number])} {series.name.lower()}"]
    if number < len(before):
        told.append(
            f"{words.day(series.before_days[number])}: {words.count(series.before[number])}"
        )
    if day >= series.open_from:
        told.append("not complete yet")
    if day in series.restated:
        told.append("moved after it was published")
    x, y = now[number]
    room = (WIDTH - LEFT - RIGHT) / max(len(now) - 1, 1)
    mark = " open" if day >= series.open_from else ""
    restated = (
        Markup('<path class="restated" d="M{:.1f} {:.1f} l5 9 h-10 z"/>').format(
            x, HEIGHT - BOTTOM + 1
        )
        if day in series.restated
        else Markup("")
    )
    return Markup(
        '<g class="of-day"><title>{}</title><rect class="room" x="{:.1f}" y="{:.0f}" '
        'width="{:.1f}" height="{:.0f}"/><circle class="dot{}" cx="{:.1f}" cy="{:.1f}" '
        'r="{}"/>{}</g>'
    ).format(
        "\n".join(told),
        x - room / 2,
        TOP,
        room,
        HEIGHT - TOP - BOTTOM,
        mark,
        x,
        y,
        3.5 if len(now) <= 31 else 2,
        restated,
    )
