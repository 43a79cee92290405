"""From the bytes of a request to an event that is handed to the store, or a refusal that is counted.

It never sees Flask and never writes SQL.
"""
