"""The app as a server: who is there, what they may do, and how it is refused."""
