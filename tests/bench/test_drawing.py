"""The picture of growth shows each line of its table."""

import sys
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import drawing  # noqa: E402

TABLE = """
| sqlite | 10,000 | 100,000 | 1,000,000 |
|---|--:|--:|--:|
| `find` | 4.3 ms (4.3) | 6.1 ms (5.1) | 20.0 ms (19.0) |
| `search` | 10.0 ms (9.9) | 15.0 ms (15.0) | 18.8 ms (18.8) |
"""


def test_each_line_of_the_table_is_drawn_and_rises_where_it_does():
    picture = ElementTree.fromstring(drawing.chart(TABLE))
    names = {"".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"find", "search", "10,000", "1,000,000", "10 ms"} <= names
    lines = [each.get("points").split() for each in picture.iter("{http://www.w3.org/2000/svg}polyline")]
    assert len(lines) == 2
    for line in lines:
        heights = [int(point.partition(",")[2]) for point in line]
        assert heights == sorted(heights, reverse=True), "more milliseconds stand higher"
