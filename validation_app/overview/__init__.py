"""How far a community has come: the numbers, and the pictures of them."""
