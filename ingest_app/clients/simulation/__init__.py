"""Invented visitors: repeatable traffic of several sites, with everything that makes it hard.

Beside the usual (returning visitors, campaigns, funnels, web vitals, bots) it holds what ingest and
rollups must survive: events that arrive days late, posts sent twice, and posts that are wrong.
"""

from ingest_app.clients.simulation.traffic import simulate

__all__ = ["simulate"]
