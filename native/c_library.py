"""Where the decoder for C is: `libmyna_decoder.so` and its header.

cc example.c $(python -m native.c_library) -o example
"""

import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
HEADER: Final = FOLDER / "include" / "myna_decoder.h"
LIBRARY: Final = FOLDER / "lib" / "libmyna_decoder.so"


def flags() -> list[str]:
    """What a C compiler needs to compile and link with it. Raises FileNotFoundError if it has not
    been built."""
    for path in (HEADER, LIBRARY):
        if not path.is_file():
            raise FileNotFoundError(
                f"no {path}. The compiled part of Myna is not built here: run `pip install .`, or"
                " `make install` in a checkout (see its output if it failed)"
            )
    folder = str(LIBRARY.parent)
    return [f"-I{HEADER.parent}", f"-L{folder}", "-lmyna_decoder", f"-Wl,-rpath,{folder}"]


if __name__ == "__main__":
    try:
        print(*flags())
    except FileNotFoundError as error:
        sys.exit(str(error))
