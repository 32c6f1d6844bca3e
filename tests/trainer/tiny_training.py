"""Settings of train-model for a training of seconds."""

TINY = ["--preset", "deepspeech-streaming", "--width", 12, "--learning-rate", 0.01]
TINY += ["--batch-size", 8, "--threads", 1]
