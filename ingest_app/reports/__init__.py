"""What a dashboard asks, answered from marts. It never reads a raw row."""
