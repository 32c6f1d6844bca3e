"""Compiles C++ files in parallel and keeps the objects until something they were made of changes.

An object is reused when the compiler, the flags, the source and every header that it included last
time have the same content: times and folders do not matter, so a cache can be shared by checkouts.
"""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

KEPT = 8  # objects of one unit: of so many checkouts, or states of one


class CompileError(RuntimeError):
    """The compiler is missing or refused a file; the text has its message."""


@dataclass(frozen=True)
class Unit:
    """One file to compile.

    `source` is relative to the root of the project, and so are the folders in `flags`.
    `outside` are folders of headers from elsewhere, each with a text that changes when its content
    does (a version): their files are not looked at, and where they lie does not matter.
    """

    source: str
    flags: tuple[str, ...]
    outside: tuple[tuple[str, str], ...] = ()


class ObjectCache:
    """Objects in `folder`, made by `compiler` (a command line) for the project in `root`."""

    def __init__(self, folder: Path, compiler: Sequence[str], root: Path) -> None:
        self.folder = folder.resolve()
        self.compiler = list(compiler)
        self.root = root
        self.identity = compiler_identity(compiler)
        self.folder.mkdir(parents=True, exist_ok=True)

    def compile_all(self, units: Sequence[Unit]) -> list[Path]:
        """The objects of the units, in their order. Raises CompileError at the first refusal."""
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            futures = [pool.submit(self.compile, unit) for unit in units]
            try:
                return [future.result() for future in futures]
            except CompileError:
                pool.shutdown(cancel_futures=True)
                raise

    def compile(self, unit: Unit) -> Path:
        """The object of one unit, compiled only if needed."""
        stem = f"{Path(unit.source).stem}-{self._name(unit)}"
        return self._find(stem) or self._make(unit, stem)

    def _find(self, stem: str) -> Path | None:
        """The object made of what the files hold now, if there is one."""
        for record in self.folder.glob(f"{stem}-*.json"):
            target = record.with_suffix(".o")
            try:
                known = json.loads(record.read_text(encoding="utf-8"))
                if target.is_file() and self._digest(known["files"]) == known["digest"]:
                    os.utime(record)
                    return target
            except FileNotFoundError:
                pass  # dropped by another build
        return None

    def _make(self, unit: Unit, stem: str) -> Path:
        scratch = self.folder / f"{stem}-{os.getpid()}"
        made, depends = Path(f"{scratch}.o"), Path(f"{scratch}.d")
        started = time.time()
        self._run(unit, made, depends)
        files = read_depfile(depends.read_text(encoding="utf-8"))
        depends.unlink()
        if any((self.root / file).stat().st_mtime >= started for file in files):
            return made  # edited meanwhile: nobody knows what was compiled
        digest = str(self._digest(files))
        # What it was made of is in its name: a checkout with other headers makes another object,
        # and does not take this one away before it is linked.
        target = self.folder / f"{stem}-{digest[:16]}.o"
        made.replace(target)
        made_record = Path(f"{scratch}.json.part")
        made_record.write_text(json.dumps({"files": files, "digest": digest}), encoding="utf-8")
        made_record.replace(target.with_suffix(".json"))
        self._drop_old(stem)
        return target

    def _drop_old(self, stem: str) -> None:
        """Keeps the objects of a unit that were used last."""
        records = sorted(self.folder.glob(f"{stem}-*.json"), key=last_used)
        for record in records[:-KEPT]:
            record.unlink(missing_ok=True)
            record.with_suffix(".o").unlink(missing_ok=True)

    def _name(self, unit: Unit) -> str:
        """What stays the same while the files are edited."""
        parts = [self.identity, unit.source, *unit.flags, *(text for _, text in unit.outside)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def _digest(self, files: Sequence[str]) -> str | None:
        """One digest over the files' content; None if one of them is gone."""
        total = hashlib.sha256()
        for name in files:
            path = self.root / name
            if not path.is_file():
                return None
            total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()

    def _run(self, unit: Unit, made: Path, depends: Path) -> None:
        # -MMD leaves out what was found through -isystem: Unit.outside stands for that.
        command = [*self.compiler, *unit.flags]
        for folder, _ in unit.outside:
            command += ["-isystem", folder]
        command += ["-MMD", "-MF", str(depends), "-c", unit.source, "-o", str(made)]
        run_compiler(command, self.root)


def last_used(record: Path) -> float:
    """The time of the last use; 0 for what another build has dropped meanwhile."""
    return record.stat().st_mtime if record.exists() else 0.0


def run_compiler(command: Sequence[str], root: Path) -> None:
    """Runs the compiler in the root of the project. Raises CompileError with what it said."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        raise CompileError(f"{' '.join(command)}\n{done.stderr.strip()}")
    if done.stderr.strip():
        print(done.stderr.strip(), flush=True)


def compiler_identity(compiler: Sequence[str]) -> str:
    """The compiler's command line, version and target. Raises CompileError if there is none."""
    try:
        version = subprocess.run([compiler[0], "--version"], capture_output=True, text=True)
        machine = subprocess.run([compiler[0], "-dumpmachine"], capture_output=True, text=True)
    except FileNotFoundError:
        raise CompileError(
            f"no C++ compiler '{compiler[0]}'. Install one (Debian: apt-get install g++) or name"
            " yours in the environment variable CXX"
        ) from None
    return "\0".join([*compiler, version.stdout, machine.stdout])


def read_depfile(text: str) -> list[str]:
    """The prerequisites in a make rule as compilers write them (`a.o: a.cc a.h \\`)."""
    _, _, right = text.replace("\\\n", " ").partition(": ")
    marked = right.replace("\\ ", "\0")  # a space inside a name
    return sorted({name.replace("\0", " ") for name in marked.split()})
