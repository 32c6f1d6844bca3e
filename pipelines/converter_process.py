"""A process of its own that decodes and converts: a clip that takes it down is one reject.

Decoders are C libraries, and hostile audio finds their mistakes. So an import never decodes in its
own process: it sends the clips of a shard to this one, whose native threads write the WAVs, and
gets the outcomes back. Where the process dies over a shard, a new one takes its recordings one by
one, within limits of memory and time, and the clips of the one that it dies over are rejected. (A
clip that is a file of its own is a recording with one clip.)
"""

import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importers.errors import MynaError
from importers.report import Reason
from native.audio import ClipJob, Outcome, by_recording, convert

CPU_SECONDS = 600
"""A decoder that computes longer over one recording (or over one shard, at first) hangs."""
ALONE_BYTES = 2 * 1024**3
"""Memory that the process may take for one recording alone."""

_HOME = str(Path(__file__).resolve().parents[1])
_PROGRAM = (
    "import sys; home = sys.argv[1]; home in sys.path or sys.path.insert(0, home);"
    "from pipelines.converter_process import serve; serve(int(sys.argv[2]))"
)
# Sent by people, service managers, or a system that is out of memory: no decoder's doing.
_FROM_OUTSIDE = frozenset(
    {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
)

Options = dict[str, Any]
"""The keyword arguments of native.audio.convert."""


class _ProcessDiedError(Exception):
    """The process has ended over what it was sent."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def from_outside(self) -> bool:
        return -self.code in _FROM_OUTSIDE

    @property
    def words(self) -> str:
        """The same each time: ``SIGABRT``, or ``exit code 3``."""
        return signal.Signals(-self.code).name if self.code < 0 else f"exit code {self.code}"


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the process may spend on the clips that it is sent together."""

    cpu_seconds: int
    """Of the processor's time, not the clock's: a machine may sleep meanwhile."""
    memory: int | None
    """Bytes; only for a recording alone, where the want of it meets no innocent one."""


class Converter:
    """The converting process, started when it is first needed and again whenever it has died."""

    def __init__(self, cpu_seconds: int = CPU_SECONDS, alone_bytes: int = ALONE_BYTES) -> None:
        self._cpu_seconds = cpu_seconds
        self._alone_bytes = alone_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def convert(self, jobs: Sequence[ClipJob], options: Options) -> list[Outcome]:
        """As native.audio.convert; where a recording takes the process down, its clips have the
        problem ``decoder_crashed``.

        Raises OSError for a WAV that cannot be written, MynaError when the process cannot be
        started, or is ended from outside again and again.
        """
        try:
            return self._ask(jobs, options, alone=False)
        except (_ProcessDiedError, MemoryError):
            self.close()
            outcomes: dict[int, Outcome] = {}
            for numbers in by_recording(jobs):
                alone = self._convert_alone([jobs[number] for number in numbers], options)
                outcomes.update(zip(numbers, alone, strict=True))
            return [outcomes[number] for number in range(len(jobs))]

    def close(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()  # upon which it ends
        if self._process is not None:
            self._process.wait()
        self._connection = self._process = None

    def _convert_alone(self, jobs: Sequence[ClipJob], options: Options) -> list[Outcome]:
        """The clips of one recording."""
        try:
            return self._ask(jobs, options, alone=True)
        except MemoryError:
            self.close()  # what it still holds would count for the next recording
            words = f"takes more than {self._alone_bytes // 1024**2} MiB of memory"
        except _ProcessDiedError as death:
            if death.from_outside:
                raise MynaError(
                    f"the process that converts was ended from outside ({death.words}: by "
                    "somebody, or by the system for want of memory); the same command goes on "
                    "where it stopped"
                ) from None
            words = death.words
        return [_crashed(words) for _ in jobs]

    def _ask(self, jobs: Sequence[ClipJob], options: Options, *, alone: bool) -> list[Outcome]:
        connection, process = self._started()
        try:
            limits = _Limits(self._cpu_seconds, self._alone_bytes if alone else None)
            _send_jobs(connection, jobs, options, limits)
            answer = connection.recv()
        except (EOFError, ConnectionError):
            self.close()
            _remove_unfinished(Path(options["temporary"]), process.pid)
            raise _ProcessDiedError(process.returncode) from None
        if isinstance(answer, BaseException):
            raise answer
        outcomes: list[Outcome] = answer
        return outcomes

    def _started(self) -> tuple[Connection, "subprocess.Popen[bytes]"]:
        if self._connection is None or self._process is None:
            try:
                self._connection, self._process = _start()
            except OSError as error:
                raise _not_started(error.strerror or str(error)) from None
            self._wait_until_ready()
        return self._connection, self._process

    def _wait_until_ready(self) -> None:
        assert self._connection is not None and self._process is not None
        try:
            self._connection.recv()
        except (EOFError, ConnectionError):
            process = self._process
            self.close()
            raise _not_started(_ProcessDiedError(process.returncode).words) from None


def _start() -> tuple[Connection, "subprocess.Popen[bytes]"]:
    """The process, and our end of what connects us with it. Raises OSError."""
    ours, theirs = Pipe()
    command = [sys.executable, "-P", "-c", _PROGRAM, _HOME, str(theirs.fileno())]
    with theirs:
        try:
            # A group of its own: Ctrl-C is for us, who let it finish what is in hand.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], process_group=0
            )
        except OSError:
            ours.close()
            raise
    return ours, process


def _not_started(words: str) -> MynaError:
    return MynaError(f"the process that converts could not be started ({words})")


def _crashed(words: str) -> Outcome:
    return Outcome(0, 0, 0, 0, Reason.DECODER_CRASHED, words, partial=False, bytes=0)


def _remove_unfinished(temporary: Path, process: int) -> None:
    """The clips it was writing when it died: native/src/clip_converter.cc names them so."""
    for path in temporary.glob(f"*-{process}-*.part"):
        path.unlink(missing_ok=True)


def _send_jobs(
    connection: Connection, jobs: Sequence[ClipJob], options: Options, limits: _Limits
) -> None:
    """Encoded audio goes as it is, beside the message: pickled with it, it would be held twice.

    What several clips are cut out of goes once.
    """
    contents = {id(job.source): job.source for job in jobs if isinstance(job.source, bytes)}
    places = {identity: place for place, identity in enumerate(contents)}
    bare = [replace(job, source=b"") if isinstance(job.source, bytes) else job for job in jobs]
    connection.send((bare, [places.get(id(job.source)) for job in jobs], options, limits))
    for content in contents.values():
        connection.send_bytes(content)


def _receive_jobs(connection: Connection) -> tuple[list[ClipJob], Options, _Limits]:
    bare, places, options, limits = connection.recv()
    contents = [connection.recv_bytes() for _ in {*places} - {None}]
    jobs = [
        job if place is None else replace(job, source=contents[place])
        for job, place in zip(bare, places, strict=True)
    ]
    return jobs, options, limits


# The process's own side ---------------------------------------------------------------------------


def serve(descriptor: int) -> None:
    """Convert what comes through the connection until it closes."""
    connection = Connection(descriptor)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_the_other_side, args=[descriptor], daemon=True).start()
    connection.send("ready")
    while True:
        try:
            jobs, options, limits = _receive_jobs(connection)
        except (EOFError, ConnectionError):
            return
        _apply(limits)
        connection.send(_outcomes(jobs, options))


def _outcomes(jobs: list[ClipJob], options: Options) -> "list[Outcome] | Exception":
    try:
        return convert(jobs, **options)
    except Exception as error:
        return error


def _apply(limits: _Limits) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime) + limits.cpu_seconds
    _set_soft_limit(resource.RLIMIT_CPU, seconds)
    _set_soft_limit(resource.RLIMIT_DATA, limits.memory or resource.RLIM_INFINITY)


def _set_soft_limit(what: int, wanted: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY and (wanted == resource.RLIM_INFINITY or wanted > hard):
        wanted = hard
    resource.setrlimit(what, (wanted, hard))


def _end_with_the_other_side(descriptor: int) -> None:
    """When the import's process is killed, nothing may write into its target any longer."""
    poll = select.poll()
    poll.register(descriptor, 0)  # only its hanging up
    poll.poll()
    os._exit(0)
