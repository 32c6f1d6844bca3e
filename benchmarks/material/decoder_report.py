"""What is shown of decoders that were compared: a table in CSV and Markdown, and a plot."""

import csv
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.material.decoder_trials import Result, front
from benchmarks.material.paired_bootstrap import ratio_of_sums
from importers.storage import put_atomic, put_atomic_bytes, put_text

_COLUMNS = ("decoder", "setting", "alpha", "beta", "wer", "wer_low", "wer_high", "cpu_ms")
_SHOWN_POINTS = 3.0
"""Points of error rate above the lowest that the plot reaches, at most."""
_LOOKS = {"flashlight": ("s", "tab:orange"), "myna": ("o", "tab:blue")}


def write_report(results: Sequence[Result], folder: Path, name: str, title: str) -> str:
    """Writes NAME.csv, NAME.md and NAME.png; the table in Markdown."""
    rows = [_row(one) for one in sorted(results, key=lambda one: (one.trial.route, one.cost))]
    with put_atomic(folder / f"{name}.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    table = "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows))) + "\n"
    put_text(folder / f"{name}.md", f"{title}\n\n{table}")
    _plot(results, folder / f"{name}.png", title)
    return table


def _row(result: Result) -> tuple[str, ...]:
    rate = ratio_of_sums(result.errors, result.words)
    weights = result.trial.weights
    shares = (f"{100 * share:.2f}" for share in (rate.value, rate.low, rate.high))
    settings = (result.trial.route, result.trial.label, f"{weights.alpha:g}", f"{weights.beta:g}")
    return (*settings, *shares, f"{result.cost:.3f}")


def _plot(results: Sequence[Result], target: Path, title: str) -> None:
    """Cost on a logarithmic axis, word error rate on the other; the fronts are lines."""
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for route, (marker, colour) in _LOOKS.items():
        own = [one for one in results if one.trial.route == route]
        axes.plot(
            [one.cost for one in own], [100 * one.rate for one in own], marker,
            color=colour, alpha=0.5, linestyle="none",
        )  # fmt: skip
        best = front(own)
        axes.plot(
            [one.cost for one in best], [100 * one.rate for one in best], marker,
            color=colour, linestyle="-", label=route,
        )  # fmt: skip
        for one in best:
            place = one.cost, 100 * one.rate
            axes.annotate(
                one.trial.label, place, xytext=(4, 4), textcoords="offset points", fontsize=7
            )
    rates = [100 * one.rate for one in results]
    axes.set_ylim(min(rates) - 0.2, min(max(rates) + 0.2, min(rates) + _SHOWN_POINTS))
    axes.set(xscale="log", xlabel="CPU, ms an utterance", ylabel="WER, %", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    with put_atomic_bytes(target) as stream:
        figure.savefig(stream, format="png", dpi=120, metadata={"Software": None})
