"""Every pair of text and ground that the desk uses keeps its contrast in light and in dark."""

import math
import re
from pathlib import Path

import pytest

from rondpoint.ui import colours

TOKENS = (Path(__file__).parent.parent / "static" / "ui" / "css" / "tokens.css").read_text()
SIDES = re.findall(
    r"--([a-z-]+): light-dark\(oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\), oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)\);", TOKENS
)
LIGHT = {row[0]: tuple(float(part) for part in row[1:4]) for row in SIDES}
DARK = {row[0]: tuple(float(part) for part in row[4:7]) for row in SIDES}


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG) of an OKLCH colour, clipped to sRGB (Ottosson, "A perceptual color space", 2020)."""
    lightness, chroma, hue = colour[0] / 100, colour[1], math.radians(colour[2])
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21():
    assert contrast((0, 0, 0), (100, 0, 0)) == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize(("side", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_every_pair_keeps_its_contrast(side, tokens):
    found = [(text, ground, least, contrast(tokens[text], tokens[ground])) for text, ground, least in colours.PAIRS]
    assert [
        f"{side}: {text} on {ground}: {has:.2f} < {least}" for text, ground, least, has in found if has < least
    ] == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_channels_differ_by_hue_alone(tokens):
    channels = [tokens[f"c-{slug}"] for slug in colours.CHANNELS]
    assert len({colour[:2] for colour in channels}) == 1
    hues = sorted(colour[2] for colour in channels)
    assert min(after - before for before, after in zip(hues, hues[1:], strict=False)) >= 10


def test_no_file_but_the_tokens_names_a_colour():
    styles = Path(__file__).parent.parent / "static" / "ui" / "css"
    for sheet in styles.glob("*.css"):
        if sheet.name != "tokens.css":
            bare = re.findall(r"(?:#[0-9a-f]{3,8}\b|oklch\(|rgb\(|hsl\()", sheet.read_text())
            assert bare in ([], ["#fff"]), sheet.name  # mail keeps the white paper that it was written for
