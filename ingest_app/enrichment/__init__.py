"""Pure functions that turn a request into the derived columns of an event. No I/O."""
