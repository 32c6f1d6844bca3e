"""From manifests to batches: clips, checked; which are learnt from together; their features."""
