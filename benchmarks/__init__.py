"""How fast ingest is, against what limit."""
