"""A model as files, each written and run: ONNX, LiteRT, SavedModel."""
