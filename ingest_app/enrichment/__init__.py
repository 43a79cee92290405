"""Pure functions from a valid body to the row that is stored. They never read, write or wait."""
