"""The discrepancy check: every mart, and every figure of the reports, against raw rows."""
