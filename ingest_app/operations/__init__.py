"""Work outside of requests: purge, erase, rebuild, compare, and tell how it all is."""
