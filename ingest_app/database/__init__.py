"""What everything stands on: connections, the embedded server, the schema, the roles."""
