"""The course of a training: epochs, checkpoints, and what is told of them."""
