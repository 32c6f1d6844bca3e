"""Names of files as text: on Linux a name is any bytes, and need not be UTF-8."""


def name_as_text(name: str) -> str:
    r"""A name, or a path, that can be printed and written: bytes that are no UTF-8 become ``\xff``.

    (Python has them as lone surrogates, PEP 383, which no output in UTF-8 takes.)
    """
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
