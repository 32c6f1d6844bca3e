"""Which Beam runner does the work, and what it may be told."""

from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser
from apache_beam.runners.runner import create_runner

from importers.errors import UsageError

# Named, because Beam's default first tries to download another one, and may hang on that.
_LOCAL = "FnApiRunner"


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
