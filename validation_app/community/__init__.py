"""What people do: read, hear, vote, skip, report, and say of themselves."""
