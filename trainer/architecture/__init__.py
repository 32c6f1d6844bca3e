"""Models as declared: layers and their sizes, and what follows from them; no framework."""
