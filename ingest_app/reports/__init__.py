"""What a dashboard asks, answered from marts alone."""
