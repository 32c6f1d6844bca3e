"""What a release comes to, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from validation_app.release.problems import Problem, ProblemReason


@dataclass(slots=True)
class Tally:
    """Every clip of the database is in one of: a table, the excluded ones, an earlier release."""

    clips: Counter[str] = field(default_factory=Counter)
    """In each table, by its name."""
    milliseconds: Counter[str] = field(default_factory=Counter)
    """In each table, by its name."""
    earlier: int = 0
    """Clips that an earlier release holds."""
    excluded: Counter[ProblemReason] = field(default_factory=Counter)
    noted: Counter[ProblemReason] = field(default_factory=Counter)
    """Clips that are in a table in spite of something."""
    speakers: set[str] = field(default_factory=set)
    """Of the clips in the tables."""
    ages: Counter[str] = field(default_factory=Counter)
    """Clips in the tables, by what their speakers said."""
    genders: Counter[str] = field(default_factory=Counter)

    def count_problem(self, problem: Problem) -> None:
        """Take note of what is wrong with a clip."""
        (self.excluded if problem.is_excluded else self.noted)[problem.reason] += 1

    def total(self, *tables: str) -> int:
        """Clips in some tables."""
        return sum(self.clips[table] for table in tables)

    def hours(self, *tables: str) -> float:
        """Of the clips in some tables."""
        return sum(self.milliseconds[table] for table in tables) / 3_600_000
