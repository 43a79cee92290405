"""A small shop to click around in, with what became of each event beside it; embedded database only."""
