"""Every mart once more, counted in plain Python from raw rows, and the comparison of the two."""
