"""The weights of an ONNX file in a file beside it, from where they are mapped into memory.

An ONNX file is one protobuf message, and such a message holds 2 GB at most. ONNX's own way out is
external data (https://onnx.ai/onnx/repo-docs/ExternalData.html): each tensor names a file, an
offset and a length. Offsets are multiples of 4096 bytes, a page, as that document asks for.
"""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

_PAGE = 4096
_KINDS = {"float32": TensorProto.FLOAT, "int8": TensorProto.INT8}


class OutsideData:
    """Writes arrays behind each other as they come, so that none is held in memory twice."""

    def __init__(self, stream: BinaryIO, location: str) -> None:
        """``location`` is the name of the stream's file, from the folder of the ONNX file."""
        self._stream, self._location = stream, location

    @staticmethod
    def takes(value: NDArray[np.generic]) -> bool:
        """Whether it is weights: of a kind that is kept outside, and more than one number."""
        return value.dtype.name in _KINDS and value.ndim > 0

    def tensor(self, name: str, value: NDArray[np.generic]) -> TensorProto:
        """The tensor of this name, whose values are written outside. Raises OSError."""
        self._stream.write(bytes(-self._stream.tell() % _PAGE))
        whole = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        made = TensorProto(
            name=name,
            data_type=_KINDS[value.dtype.name],
            dims=whole.shape,
            data_location=TensorProto.EXTERNAL,
        )
        place = {"location": self._location, "offset": self._stream.tell(), "length": whole.nbytes}
        for key, told in place.items():
            made.external_data.add(key=key, value=str(told))
        self._stream.write(whole.data)
        return made
