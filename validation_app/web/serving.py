"""The app as a server of its own, one in a folder, until Ctrl-C or SIGTERM."""

import contextlib
import os
import signal
import socket

import uvicorn

from importers import console
from importers.errors import UsageError
from importers.lock import hold_file
from validation_app.settings import Settings
from validation_app.web.server import create_app

_LOCK = "server.lock"
_FAREWELL_SECONDS = 5
"""For so long requests that are being answered are waited for."""


def serve(settings: Settings) -> None:
    """Serve until told to stop; requests in hand are finished first.

    Raises StorageError when the folder is another server's or of a later version, UsageError when
    the address cannot be had, OSError.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    with (
        hold_file(settings.data / _LOCK, settings.data, "validation-app"),
        _listen(settings) as listening,
    ):
        config = uvicorn.Config(
            create_app(settings),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_FAREWELL_SECONDS,
        )
        console.say(f"{_address(settings, listening)} (Ctrl-C stops it)")
        # uvicorn sends itself again, once all is done, the signal that it was stopped by.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.getaddrinfo(settings.host, settings.port)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        # A host's unknown name has a number of its own, below 0.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise UsageError(
            f"cannot listen at {settings.host}, port {settings.port}: {why}. "
            "Choose another with --host or --port"
        ) from None


def _address(settings: Settings, listening: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listening.getsockname()[1]}/"
