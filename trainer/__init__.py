"""The life of a model: configuration, data, training, evaluation, export, recognition."""
