"""One file a corpus: INFO and read(root, options). A file's presence is its registration."""
