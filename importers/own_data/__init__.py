"""Anyone's own recordings: files, texts beside them, and tables of every making."""
