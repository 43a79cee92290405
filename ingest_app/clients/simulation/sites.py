"""The three sites: their pages, who sends what, and when people come."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True)
class Form:
    """A form, the page that holds it, and how likely each step towards its end is."""

    name: str
    path: str | None  # None: the form stands on the page where it was offered
    cta: str
    offered_share: float
    started_share: float
    submitted_share: float


@dataclass(frozen=True)
class Site:
    """A property. Sections and the pages in each are ranked by popularity."""

    host: str
    weight: float
    saturday_and_sunday: float  # visitors against a working day
    sections: Mapping[str, tuple[str, ...]]
    form: Form
    sends_device_type: bool
    sends_country: bool  # as a site behind a CDN can

    @property
    def ranked_pages(self) -> tuple[str, ...]:
        """Home, then the best of each section, then the second best, and so on."""
        longest = max(len(pages) for pages in self.sections.values())
        ranks = (
            pages[rank]
            for rank in range(longest)
            for pages in self.sections.values()
            if rank < len(pages)
        )
        return tuple(chain(("/",), self.sections, ranks))

    def section_of(self, path: str) -> str | None:
        """The section whose index or page `path` is."""
        return next(
            (index for index, pages in self.sections.items() if path == index or path in pages),
            None,
        )


def _below(index: str, names: str) -> tuple[str, ...]:
    return tuple(f"{index}{name}" for name in names.split())


SHOP = Site(
    host="shop.example",
    weight=0.45,
    saturday_and_sunday=1.25,
    sections={
        "/shoes/": _below("/shoes/", "trail-runner city-sneaker hiking-boot sandal slipper loafer"),
        "/jackets/": _below("/jackets/", "rain-shell down-parka fleece windbreaker softshell"),
        "/bags/": _below("/bags/", "daypack-20l duffel messenger tote hip-pack dry-bag-10l"),
        "/sale/": _below("/sale/", "last-sizes winter-clearance returns-b-stock"),
        "/help/": _below("/help/", "shipping returns size-guide contact"),
    },
    form=Form("checkout", "/checkout", "add-to-cart", 0.16, 0.62, 0.55),
    sends_device_type=True,
    sends_country=False,
)
DOCS = Site(
    host="docs.example",
    weight=0.35,
    saturday_and_sunday=0.4,
    sections={
        "/guide/": _below("/guide/", "install quickstart configuration deployment upgrading"),
        "/reference/": _below("/reference/", "cli http-api settings events errors webhooks limits"),
        "/recipes/": _below("/recipes/", "docker nginx systemd kubernetes backup sso"),
        "/releases/": _below("/releases/", "3.2 3.1 3.0 2.9 2.8"),
    },
    form=Form("trial", "/start-trial", "start-trial", 0.05, 0.5, 0.45),
    sends_device_type=False,
    sends_country=True,
)
BLOG = Site(
    host="blog.example",
    weight=0.2,
    saturday_and_sunday=0.8,
    sections={
        "/2026/": _below("/2026/", "why-our-numbers-match postgres-as-a-warehouse late-events"),
        "/2025/": _below("/2025/", "a-year-of-web-vitals counting-visitors bots-we-met cookies"),
        "/2024/": _below("/2024/", "hello-world first-thousand-readers caf%C3%A9-notes"),
        "/tags/": _below("/tags/", "postgresql dbt analytics performance privacy"),
    },
    form=Form("newsletter", None, "subscribe", 0.06, 0.6, 0.7),
    sends_device_type=False,
    sends_country=False,
)
SITES = (SHOP, DOCS, BLOG)

# Visits by the visitor's own hour of the day, midnight first.
HOURS = {
    hour: float(weight)
    for hour, weight in enumerate(
        (14, 8, 5, 4, 4, 7, 15, 30, 50, 64, 70, 68, 62, 64, 68, 66, 62, 60, 62, 70, 76, 70, 50, 28)
    )
}
