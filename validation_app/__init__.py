"""The web application in which volunteers record, listen and vote."""
