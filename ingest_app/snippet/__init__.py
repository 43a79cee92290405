"""The tracking snippet: its source, the files that are served, their names and the tag to paste.

Knows neither HTTP nor the database.
"""
