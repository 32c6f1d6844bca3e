"""From what a browser records to a clip: received, decoded by a child, measured, kept."""
