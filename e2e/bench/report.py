"""What came out: rows of absolute numbers, a ratio, an aim, and whether it is met."""

import statistics
import sys

median = statistics.median


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Report:
    """Rows, printed as they come and again at the end."""

    def __init__(self):
        self.sections = []

    def section(self, title, columns):
        say(title)
        self.sections.append((title, columns, []))

    def row(self, what, *cells, met=None):
        """`met` says whether the aim is met; None where there is none."""
        verdict = "" if met is None else "yes" if met else "**no**"
        row = [what, *map(str, cells), verdict]
        self.sections[-1][2].append(row)
        say("  " + " | ".join(cell for cell in row if cell))

    def missed(self):
        return sum(row[-1] == "**no**" for _, _, rows in self.sections for row in rows)

    def text(self):
        lines = []
        for title, columns, rows in self.sections:
            table = [["", *columns, "met"], *rows]
            widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
            lines += ["", f"### {title}", ""]
            for n, row in enumerate(table):
                cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                         for i, (cell, width) in enumerate(zip(row, widths))]
                lines.append(f"| {' | '.join(cells)} |")
                if n == 0:
                    lines.append("|" + "|".join(("-" if i == 0 else "-") * (w + 1) + ("-" if i == 0 else ":")
                                                for i, w in enumerate(widths)) + "|")
        return "\n".join(lines)


def number(value):
    """Three digits are more than such a measurement is worth."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def interleaved(rounds, a, b):
    """Runs A B, B A, A B …: their results, and the median of the ratios a/b of neighbours."""
    first, second = [], []
    for n in range(rounds):
        for is_a in (True, False) if n % 2 == 0 else (False, True):
            (first if is_a else second).append((a if is_a else b)())
    return first, second


def ratio(first, second):
    """The median of the ratios of neighbours: what disturbs both is no difference."""
    return median(x / y for x, y in zip(first, second))
