"""One transaction for what was accepted, or the spool and back. The only code that writes events."""
