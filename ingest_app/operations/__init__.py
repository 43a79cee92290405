"""Work outside of requests: purge, erase, rebuild, compare, status. It never serves HTTP."""
