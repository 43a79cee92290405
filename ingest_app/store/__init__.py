"""Writes events: in one transaction, or into the spool and from there.

Nothing else writes them, and nothing in here knows HTTP.
"""
