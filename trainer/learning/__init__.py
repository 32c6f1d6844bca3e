"""What a training step is: the model in Keras, its loss, its optimiser, on any backend."""
