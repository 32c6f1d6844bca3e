"""build-lm against the flow of DeepSpeech, and against KenLM's two programs alone.

    python benchmarks/lm_build.py [--text FILE] [--rounds 5] [--megabytes 60] [--work DIR]

The text is English of Debian's documentation packages, mixed and already normalised, a sentence a
line (benchmarks/material/debian_text.py), or the one that is named. The routes make the same
lm.binary, byte by byte: order 5, pruned 0 0 1, 8 bits, with the same memory for sorting. They take
turns, each in a process of its own that is measured with all that it starts, and the medians of the
rounds' ratios count.

    deepspeech      data/lm/generate_lm.py of mozilla/DeepSpeech 0.9.3: lower case, Counter, gzip;
                    lmplz from the .gz, filter, build_binary
    kenlm           lmplz | build_binary, and nothing else
    build-lm        normalisation, counts, lmplz, build_binary, the decoder's lexicon, digests

KenLM's programs are its own build for the first two routes, by CMake and with Boost
(benchmarks/material/kenlm_tools.py), and ours for the third.
"""

import argparse
import gzip
import io
import shlex
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.material.debian_text import debian_text
from benchmarks.material.kenlm_tools import ROOT, kenlm_tools
from benchmarks.material.processes import Cost, cost_of
from importers.digests import digest_of
from lm.kenlm_programs import POINTER_BITS, QUANTISED_BITS

ROUTES = ("deepspeech", "kenlm", "build-lm")
CLAIMS = {"deepspeech": 0.75, "kenlm": 1.25}
MEMORY = "2G"
TOP_WORDS = 500_000
RECIPE = ["-o", "5", "-S", MEMORY, "--prune", "0", "0", "1"]
BINARY = ["-a", str(POINTER_BITS), "-q", str(QUANTISED_BITS), "-v"]


def deepspeech(text: Path, tools: Path, work: Path) -> None:
    """As generate_lm.py does it, step by step, without its talk."""
    counter: Counter[str] = Counter()
    lower = work / "lower.txt.gz"
    with (
        text.open(encoding="utf-8") as file_in,
        cast(io.RawIOBase, gzip.open(lower, "w+")) as packed,
        io.TextIOWrapper(io.BufferedWriter(packed), encoding="utf-8") as file_out,
    ):
        for line in file_in:
            line_lower = line.lower()
            counter.update(line_lower.split())
            file_out.write(line_lower)
    vocabulary = "\n".join(word for word, _ in counter.most_common(TOP_WORDS))
    arpa, filtered = work / "lm.arpa", work / "lm_filtered.arpa"
    temp = ["-T", f"{work}/"]
    subprocess.check_call([tools / "lmplz", *RECIPE, *temp, "--text", lower, "--arpa", arpa])
    subprocess.run(
        [tools / "filter", "single", f"model:{arpa}", filtered],
        input=vocabulary.encode(), check=True,
    )  # fmt: skip
    subprocess.check_call(
        [tools / "build_binary", *BINARY, *temp, "trie", filtered, work / "lm.binary"]
    )


def command_of(route: str, text: Path, tools: Path, work: Path) -> list[str]:
    """The command line of a route."""
    if route == "deepspeech":
        return [sys.executable, __file__, "--route", route, str(text), str(tools), str(work)]
    if route == "kenlm":
        lmplz = [str(tools / "lmplz"), *RECIPE, "-T", f"{work}/"]
        binary = [str(tools / "build_binary"), *BINARY, "-T", f"{work}/", "trie", "/dev/stdin"]
        pipe = f"{shlex.join(lmplz)} <{shlex.quote(str(text))} | {shlex.join(binary)}"
        return ["bash", "-c", f"set -o pipefail; {pipe} {shlex.quote(str(work / 'lm.binary'))}"]
    command = str(ROOT / "lm" / "build_command.py")
    return [sys.executable, command, "--text", str(text), "--out", str(work / "lm"),
            "--memory", MEMORY, "--temp", str(work)]  # fmt: skip


def measure(route: str, text: Path, tools: Path, work: Path) -> tuple[Cost, str]:
    """One run of a route, in an empty folder, and the digest of the model that it made."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    cost = cost_of(command_of(route, text, tools, work), together=True)
    (binary,) = work.rglob("lm.binary")
    return cost, digest_of(binary)


def head_of(text: Path, megabytes: float, folder: Path) -> Path:
    """The first whole lines of a text, as many as go into so many megabytes."""
    head = folder / "text.txt"
    with text.open("rb") as stream:
        content = stream.read(int(megabytes * 1e6))
    head.write_bytes(content[: content.rfind(b"\n") + 1])
    return head


def report(costs: dict[str, list[Cost]]) -> bool:
    """Print the medians; whether the claims hold."""
    print(f"{'':12}{'wall s':>10}{'CPU s':>10}{'all MB':>10}{'one MB':>10}")
    for route, runs in costs.items():
        columns = (
            statistics.median(run.wall for run in runs),
            statistics.median(run.processor for run in runs),
            max(run.together_bytes for run in runs) / 1e6,
            max(run.peak_bytes for run in runs) / 1e6,
        )
        print(f"{route:12}" + "".join(f"{value:10.1f}" for value in columns))
    holds = True
    for peer, claim in CLAIMS.items():
        pairs = list(zip(costs["build-lm"], costs[peer], strict=True))
        wall = statistics.median(ours.wall / theirs.wall for ours, theirs in pairs)
        cpu = statistics.median(ours.processor / theirs.processor for ours, theirs in pairs)
        met = max(wall, cpu) <= claim
        holds = holds and met
        print(
            f"build-lm / {peer}: wall {wall:.2f}, CPU {cpu:.2f}; claim: at most {claim}: "
            + ("holds" if met else "DOES NOT HOLD")
        )
    return holds


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--route"]:
        deepspeech(*map(Path, arguments[2:]))
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--text", type=Path, help="another text; it should be clean")
    parser.add_argument("--megabytes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks" / "lm_build")
    known = parser.parse_args(arguments)
    known.work.mkdir(parents=True, exist_ok=True)
    tools = kenlm_tools(known.work / "kenlm")
    text = head_of(known.text or debian_text(known.work / "text"), known.megabytes, known.work)
    print(f"{text.stat().st_size / 1e6:.1f} MB of text")
    costs: dict[str, list[Cost]] = {route: [] for route in ROUTES}
    models = set()
    for _ in range(known.rounds):
        for route in ROUTES:
            cost, model = measure(route, text, tools, known.work / "run")
            costs[route].append(cost)
            models.add(model)
    shutil.rmtree(known.work / "run")
    print("the models are" + (" the same, byte by byte" if len(models) == 1 else " not the same"))
    return 0 if report(costs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
