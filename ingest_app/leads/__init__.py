"""People who leave their address: capture, consent, erasure, and the ways out. It never sees Flask.

No address is written to a log, a metric, an error or the spool.
"""
