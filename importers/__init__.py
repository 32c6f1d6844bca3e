"""What a corpus is: formats, votes, splits, text rules, manifests, storage."""
