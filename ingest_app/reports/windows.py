"""Windows of days, and which part of a mart they read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

# The property of the rows of a mart that count all properties together.
ALL_PROPERTIES = ""
SCOPE = "{scope}"


class Audience(StrEnum):
    """Whose traffic counts. A visitor who was seen as both counts in both, and once in all."""

    ALL = "all"
    PEOPLE = "people"
    BOTS = "bots"


# The columns of visitor_recency, of all of them and of the returning ones.
VISITORS = {
    Audience.ALL: ("visitors", "returning_visitors"),
    Audience.PEOPLE: ("people", "returning_people"),
    Audience.BOTS: ("bots", "returning_bots"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """Days from..to, both inclusive, of one property or, where it is None, of all together."""

    from_day: date
    to_day: date
    property_id: str | None = None
    audience: Audience = Audience.ALL

    @property
    def days(self) -> list[date]:
        """Every day of it, in order."""
        length = (self.to_day - self.from_day).days + 1
        return [self.from_day + timedelta(days=number) for number in range(length)]

    def before(self) -> Window:
        """The same number of days just before it."""
        to_day = self.from_day - timedelta(days=1)
        return replace(self, from_day=to_day - (self.to_day - self.from_day), to_day=to_day)

    def values(self, **more: Any) -> dict[str, Any]:
        """The parameters of a statement."""
        return {
            "from_day": self.from_day,
            "to_day": self.to_day,
            "property_id": self.property_id,
            "property_or_all": self.property_id or ALL_PROPERTIES,
        } | more

    def scoped(self, statement: str) -> str:
        """A statement whose `{scope}` holds for the rows of the property, or for all rows.

        Two statements rather than one with "or": each has its own plan, kept by the server.
        """
        scope = "true" if self.property_id is None else "property_id = %(property_id)s"
        return statement.replace(SCOPE, scope)

    def of_audience(self, statement: str) -> str:
        """A statement whose `{visitors}` and `{returning}` are the audience's columns of visitor_recency."""
        visitors, returning = VISITORS[self.audience]
        return statement.replace("{visitors}", visitors).replace("{returning}", returning)

    def as_json(self) -> dict[str, str]:
        """The shape in which every answer names its window."""
        return {"from": self.from_day.isoformat(), "to": self.to_day.isoformat()}
