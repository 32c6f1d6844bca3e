"""What TensorFlow logs of its own doing, which is nothing to a user of ours."""

import os


def quiet_tensorflow() -> None:
    """Have it log errors alone, unless the user wants more.

    To be called before TensorFlow is first imported, for it reads this only then.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
