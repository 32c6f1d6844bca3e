"""What is wrong with the clips that are wrong: each damage has been seen in a true release."""

DAMAGES = ("zero_bytes", "html", "truncated", "missing", "stereo", "digits")
# A clip with one of these yields no utterance; "stereo" is only unusual and must be read.
REJECTED = ("zero_bytes", "html", "truncated", "missing", "digits")
# The published duration of these is 0; the others were whole when they were measured.
UNMEASURABLE = ("zero_bytes", "html")

ERROR_PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>503 Service Unavailable</title></head>
<body>
<h1>Service Unavailable</h1>
<p>The server is temporarily unable to service your request. Please try again later.</p>
</body>
</html>
"""


def apply(damage: str, data: bytes) -> bytes | None:
    """The file's bytes after the damage; None where no file is left."""
    match damage:
        case "zero_bytes":
            return b""
        case "html":
            return ERROR_PAGE
        case "truncated":
            return data[: len(data) * 2 // 5]
        case "missing":
            return None
        case _:
            return data
