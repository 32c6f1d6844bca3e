"""TensorBoard's event files: scalars in TensorFlow's records, without TensorFlow or TensorBoard.

A record is the length of its data (64 bits), a checksum of that, the data, and a checksum of the
data, little-endian; the checksums are CRC-32C (RFC 3720, appendix B.4), masked
(tensorflow/core/lib/io/record_writer.h, tensorflow/core/lib/hash/crc32c.h). The data is protocol
buffer Event (tensorflow/core/util/event.proto), with a Summary (framework/summary.proto) inside.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")
_VARINT, _64_BITS, _BYTES, _32_BITS = 0, 1, 2, 5  # kinds of fields in a protocol buffer

# Numbers of fields.
_WALL_TIME, _STEP, _FILE_VERSION, _SUMMARY = 1, 2, 3, 5
_VALUE = 1
_TAG, _SIMPLE_VALUE = 1, 2


@dataclass(frozen=True, slots=True)
class Scalar:
    """A point of a curve."""

    tag: str
    """Name of the curve; what stands before a slash is its group."""
    step: int
    value: float
    """Kept as 32 bits."""
    wall_time: float = 0.0
    """Seconds since 1970."""


def beginning(wall_time: float) -> bytes:
    """The record with which a file begins."""
    return _record(_event(wall_time, _bytes_field(_FILE_VERSION, b"brain.Event:2")))


def record_of(scalar: Scalar) -> bytes:
    """The record of a scalar."""
    value = _bytes_field(_TAG, scalar.tag.encode())
    value += _key(_SIMPLE_VALUE, _32_BITS) + _FLOAT.pack(scalar.value)
    step = _key(_STEP, _VARINT) + _varint(scalar.step)
    summary = _bytes_field(_SUMMARY, _bytes_field(_VALUE, value))
    return _record(_event(scalar.wall_time, step + summary))


def scalars_of(content: bytes) -> Iterator[Scalar]:
    """The scalars of a file, up to a record that was cut off or is damaged."""
    for data in _records(content):
        event = dict(_fields(data))
        if _SUMMARY in event:
            value = dict(_fields(dict(_fields(event[_SUMMARY]))[_VALUE]))
            yield Scalar(
                tag=value[_TAG].decode(),
                step=int.from_bytes(event.get(_STEP, b""), "little"),
                value=_FLOAT.unpack(value[_SIMPLE_VALUE])[0],
                wall_time=_DOUBLE.unpack(event[_WALL_TIME])[0],
            )


def _event(wall_time: float, rest: bytes) -> bytes:
    return _key(_WALL_TIME, _64_BITS) + _DOUBLE.pack(wall_time) + rest


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return _HEADER.pack(len(data), _masked(length)) + data + _CHECKSUM.pack(_masked(data))


def _records(content: bytes) -> Iterator[bytes]:
    at = 0
    while at + _HEADER.size <= len(content):
        length, checksum = _HEADER.unpack_from(content, at)
        start, end = at + _HEADER.size, at + _HEADER.size + length
        at = end + _CHECKSUM.size
        if checksum != _masked(content[start - _HEADER.size :][:8]) or at > len(content):
            return
        data = content[start:end]
        if _CHECKSUM.unpack_from(content, end)[0] != _masked(data):
            return
        yield data


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field of a protocol buffer; of a varint, its bytes as a number."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _read_varint(data, at)
            yield key >> 3, number.to_bytes(8, "little")
            continue
        size = {_64_BITS: 8, _32_BITS: 4}.get(kind)
        if size is None:
            size, at = _read_varint(data, at)
        yield key >> 3, data[at : at + size]
        at += size


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _bytes_field(number: int, content: bytes) -> bytes:
    return _key(number, _BYTES) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*made, number))


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and where the next field begins."""
    number, shift = 0, 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return number, at


def _remainder(byte: int) -> int:
    """Of a byte in CRC-32C's division, by the polynomial turned round."""
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_REMAINDERS = [_remainder(byte) for byte in range(256)]


def _masked(data: bytes) -> int:
    """CRC-32C, turned and moved, so that a record may hold checksums itself."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _REMAINDERS[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
