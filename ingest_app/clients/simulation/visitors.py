"""Who visits: a browser at an address, tied to one site as its storage is."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime

from ingest_app.clients.post import header_text
from ingest_app.clients.simulation.agents import BOTS, BROWSERS, Agent
from ingest_app.clients.simulation.places import PLACES, Place, address_in
from ingest_app.clients.simulation.sites import Site
from ingest_app.clients.simulation.weighted import pick

BOT_SHARE = 0.03


@dataclass
class Visitor:
    """One anonymous id, and when it was last seen so that its visits never overlap."""

    anon_id: str
    site: Site
    agent: Agent
    place: Place
    address: str
    busy_until: datetime | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the visitor's browser, and a proxy before the server, would send."""
        return {"User-Agent": header_text(self.agent.name), "X-Forwarded-For": self.address}


def new_visitor(rng: random.Random, site: Site) -> Visitor:
    """Somebody, or some bot, who was never here."""
    place = pick(rng, PLACES)
    anon_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if rng.random() < BOT_SHARE:
        agent, network = pick(rng, BOTS)
    else:
        agent, network = pick(rng, BROWSERS), rng.choice(place.networks)
    return Visitor(anon_id, site, agent, place, address_in(rng, network))
