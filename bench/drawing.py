"""A table of growth as a picture: the size of the house to the right, milliseconds upwards, both by tens."""

import math
import re

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 68, 20, 150, 40
COLOURS = ("#0053b8", "#b3261e", "#1b7a43", "#7a4fb5", "#a06000", "#00707a")


def chart(table: str) -> str:
    """SVG of a Markdown table whose columns are sizes and whose cells begin with milliseconds."""
    head, _, *rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.strip().splitlines()]
    sizes = [int(cell.replace(",", "")) for cell in head[1:]]
    lines = {row[0].strip("`"): [float(re.match(r"[\d.]+", cell)[0]) for cell in row[1:]] for row in rows}
    values = [value for line in lines.values() for value in line]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(size: float) -> float:
        first, last = math.log10(sizes[0]), math.log10(sizes[-1])
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(size) - first) / max(last - first, 1e-9)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(value) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="Milliseconds by the size of the house, {head[0]}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<path d="M{LEFT} {at:.0f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{10**power:g} ms</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.0f}" y="{HEIGHT - 14}" text-anchor="middle">{size:,}</text>')
    names = sorted(lines, key=lambda name: -lines[name][-1])
    below = 0.0
    for number, name in enumerate(names):
        colour, points = COLOURS[number % len(COLOURS)], list(zip(sizes, lines[name], strict=True))
        drawn = " ".join(f"{x(size):.0f},{y(value):.0f}" for size, value in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(size):.0f}" cy="{y(value):.0f}" r="3" fill="{colour}"/>' for size, value in points]
        below = max(below + 16, y(lines[name][-1]) + 4)  # names of lines that end close together stand below each other
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{below:.0f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
