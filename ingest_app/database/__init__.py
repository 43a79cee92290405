"""What the app stands on: connections, the embedded server, schema, roles. It knows no event."""
