"""What a dashboard asks, answered from marts. Only realtime reads raw rows."""
