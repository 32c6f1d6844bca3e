"""Beam programs over whole corpora, and the commands that start them."""
