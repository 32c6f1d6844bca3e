"""Builds the fuzz targets of native/fuzz with clang, ASan and UBSan, and runs each for a while.

    python tools/fuzz.py --seconds 60 [TARGET ...]

In build/fuzz: bin/ the targets, seeds/ (tools/fuzz_seeds.py) and corpus/ their inputs, which grows
from run to run, findings/ the inputs that broke something. Exit status 1 if there are any.
KenLM is linked as the extension has it, without sanitizers: it is not ours.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script

from native.audio import library_description  # noqa: E402
from tools.checked_build import (  # noqa: E402
    MEMORY,
    checked_cache,
    link,
    main_unit,
    own_units,
    query_units,
)
from tools.fuzz_seeds import write_seeds  # noqa: E402
from tools.native_build import NativeBuild  # noqa: E402
from tools.object_cache import CompileError  # noqa: E402

TARGETS = ROOT / "native" / "fuzz"
CHECKED = (f"-fsanitize=fuzzer-no-link,{MEMORY}", "-fno-sanitize-recover=all")
LINKED = (f"-fsanitize=fuzzer,{MEMORY}",)
# An input may not take longer than 20 s, nor 2 GB: a file of some KB is no reason for more. What
# decoders print is nobody's business. Leaks are not looked for: libsndfile 1.2.2 forgets what it
# has allocated for an OGG file that it then refuses.
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-max_len=8192", "-close_fd_mask=3")


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one target."""

    target: str
    executions: int
    finding: Path | None
    """The input that broke it."""
    text: str
    """What target and sanitizers said."""


def target_names(folder: Path = TARGETS) -> list[str]:
    """The targets: one a C++ file."""
    return sorted(path.stem for path in folder.glob("*.cc"))


def build(work: Path, sources: Sequence[Path]) -> dict[str, Path]:
    """The program of each target. Raises CompileError, also for a clang++ that is not there."""
    ours = own_units(CHECKED, bindings=False)
    targets = [main_unit(path, CHECKED) for path in sources]
    objects = checked_cache(work / "objects").compile_all([*ours, *targets])
    library = [*objects[: len(ours)], *NativeBuild(ROOT).cache.compile_all(query_units())]
    return {
        source.stem: link(work / "bin" / source.stem, [main, *library], LINKED)
        for source, main in zip(sources, objects[len(ours) :], strict=True)
    }


def sndfile_path() -> str:
    """The libsndfile that Myna decodes with."""
    return library_description().partition(" (")[2].removesuffix(")")


def fuzz(program: Path, work: Path, seconds: int) -> Run:
    """Runs one target for so long, or until it breaks."""
    name = program.name
    corpus, seeds, findings = (work / kind / name for kind in ("corpus", "seeds", "findings"))
    for folder in (corpus, seeds, findings):
        folder.mkdir(parents=True, exist_ok=True)
    words = TARGETS / f"{name}.dict"
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={findings}/", *LIMITS]
    options += [f"-dict={words}"] if words.is_file() else []
    done = subprocess.run(
        [program, *options, "-print_final_stats=1", corpus, seeds],
        env={**os.environ, "MYNA_SNDFILE": sndfile_path(), "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    # By the words, not by what is new in the folder: what was found before is found again.
    found = re.search(r"Test unit written to (.+)", done.stderr)
    count = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    if done.returncode != 0 and not found:
        raise RuntimeError(f"{program} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Run(name, int(count[1]) if count else 0, Path(found[1]) if found else None, done.stderr)


def report(run: Run, seconds: int) -> str:
    """A line, and for a finding what it takes to see it again."""
    if run.finding is None:
        return f"{run.target}: {run.executions} inputs in {seconds} s, nothing found"
    begin = max(run.text.find("ERROR: "), run.text.find("runtime error: "), 0)
    said = run.text[run.text.rfind("\n", 0, begin) + 1 :][:3000]
    return f"{run.target}: broken by {run.finding}\n{said}"


def main() -> int:
    """0 when nothing was found."""
    names = target_names()
    parser = argparse.ArgumentParser(description="Build and run the fuzz targets of native/fuzz.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names))
    parser.add_argument("--seconds", type=int, default=600, help="for each target (default: 600)")
    args = parser.parse_args()
    if unknown := set(args.targets) - set(names):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    work = ROOT / "build" / "fuzz"
    chosen = args.targets or names
    try:
        programs = build(work, [TARGETS / f"{name}.cc" for name in chosen])
    except CompileError as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 1
    write_seeds(work / "seeds")
    runs = []
    for name in chosen:
        runs.append(fuzz(programs[name], work, args.seconds))
        print(report(runs[-1], args.seconds), flush=True)
    return int(any(run.finding for run in runs))


if __name__ == "__main__":
    sys.exit(main())
