"""One module a Keras backend: how it computes a step of training (trainer/learning/engine.py)."""
