"""What only a developer of Myna runs; nothing here is installed."""
