"""Which Beam runner does the work, what it may be told, and what its failures are called."""

import logging
import re
from collections.abc import Callable, Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser
from apache_beam.runners.runner import create_runner

from importers.errors import MynaError, UsageError

# Named, because Beam's default first tries to download another one, and may hang on that.
_LOCAL = "FnApiRunner"

# Beam names the step at the end of an exception's message.
_BEAM_SUFFIX = re.compile(r" \[while running '[^']*'\]$")
_WORKER_ERROR = re.compile(
    r"^(?:importers\.errors|pipelines\.interruption)\.\w+: (.+)$", re.MULTILINE
)


def run_pipeline(
    build: Callable[[beam.Pipeline], None], arguments: Sequence[str], *, workers: int = 1
) -> None:
    """Run what ``build`` puts together, with Beam's ``arguments`` from a command line.

    Without any, the local runner has so many ``workers``, threads of this process. Raises the
    MynaErrors of the steps (of other runners: MynaError in their words), UsageError for arguments
    that Beam does not know.
    """
    # What a DoFn raises comes out of run(); Beam would print its traceback besides.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    options = beam_options(arguments or [f"--direct_num_workers={workers}"])
    try:
        with beam.Pipeline(options=options) as pipeline:
            build(pipeline)
    except MynaError as error:
        raise type(error)(_BEAM_SUFFIX.sub("", str(error))) from None
    except Exception as error:
        if not arguments:
            raise  # a mistake of ours
        raise _of_a_runner(error) from error


def beam_options(arguments: Sequence[str]) -> PipelineOptions:
    """Beam's options from a command line: the local runner unless ``--runner`` says otherwise.

    Raises UsageError for a runner or a flag that Beam does not know: it would pass over them.
    """
    parser = _BeamArgumentParser(add_help=False, allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    known, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        raise UsageError(f"neither this command nor Beam knows {' '.join(unknown)}")
    runner = known.runner or _LOCAL
    try:
        create_runner(runner)
    except (ValueError, ImportError) as error:
        raise UsageError(f"--runner {runner}: {str(error).splitlines()[0]}") from None
    return PipelineOptions([f"--runner={runner}", *arguments])


def _of_a_runner(error: Exception) -> MynaError:
    """What another runner failed of: our own error where a worker sent it, else its last line."""
    found = _WORKER_ERROR.findall(str(error))
    if found:
        return MynaError(_BEAM_SUFFIX.sub("", found[-1]))
    lines = [line for line in str(error).splitlines() if line.strip()]
    return MynaError(f"the Beam runner failed: {lines[-1] if lines else type(error).__name__}")
