"""The endpoints: each parses, calls and answers. None decides what an event means."""
