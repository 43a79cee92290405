"""The load generator: wrk, and what it posts."""
