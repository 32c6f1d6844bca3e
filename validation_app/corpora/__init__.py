"""Corpora that exist, taken into the app to be voted on."""
