"""From weights to the files of a model, each held against Keras before it is seen."""
