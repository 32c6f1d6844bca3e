"""The ground: what must be fast.

C++ behind small Python faces; knows nothing of corpora or models.
"""
