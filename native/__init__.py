"""The ground: what must be fast, in C++ behind small Python faces. Knows no corpora, no models."""
