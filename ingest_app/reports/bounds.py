"""How much one question may ask for."""

MAX_DAYS = 366
MAX_ROWS = 1000
