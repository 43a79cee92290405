"""How much one question may ask for."""

from datetime import date

# No event is older, and a comparison still finds days before it.
FIRST_DAY = date(1900, 1, 1)
MAX_DAYS = 366
MAX_ROWS = 1000
# Of a trend by the hour.
MAX_HOURLY_DAYS = 31
MAX_FILTERS = 10
# As long as the longest text that a visit has.
MAX_FILTER_VALUE = 2048
