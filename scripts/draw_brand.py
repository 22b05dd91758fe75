"""Draw the brand images of the integration.

Home Assistant shows `brand/icon.png` (256x256) and `brand/icon@2x.png` (512x512) next
to the integration. The drawing is our own: a house that holds three servers, each with
its status light. It is drawn large, then reduced; a second run writes the same bytes.

Run it from the root of the repository, with Pillow installed:

    .venv/bin/python scripts/draw_brand.py
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
BRAND = ROOT / "custom_components" / "bleemeo" / "brand"
SIZES = {"icon.png": 256, "icon@2x.png": 512}
OVERSAMPLING = 8

HOUSE = "#2767b9"
SERVER = "#ffffff"
SLOT = "#b3c8e4"
LIGHTS = ("#1fb36b", "#f7a31c", "#e5444a")  # fine, warning, critical

# Shapes are placed on a grid of 24 units: edges stay sharp on an icon of 24 pixels.
UNITS = 24
ROOF = ((12.0, 0.0), (24.0, 12.0), (0.0, 12.0))
ROOF_CORNER = 1.4
BODY = (3.0, 9.0, 21.0, 24.0)
BODY_CORNER = 2.0
SERVER_LEFT, SERVER_RIGHT, SERVER_HEIGHT, SERVER_CORNER = 5.0, 19.0, 3.0, 0.75
SERVER_TOPS = (11.0, 15.0, 19.0)
SLOT_LEFT, SLOT_RIGHT, SLOT_HEIGHT = 6.0, 12.0, 0.7
LIGHT_X, LIGHT_RADIUS = 17.5, 1.1

type Box = tuple[float, float, float, float]


class Canvas:
    """A transparent square whose shapes are in units, not in pixels."""

    def __init__(self, size: int) -> None:
        """Prepare a drawing that will end up `size` pixels wide."""
        self.size = size
        self.scale = size * OVERSAMPLING / UNITS
        self.image = Image.new("RGBA", (size * OVERSAMPLING, size * OVERSAMPLING))
        self.pen = ImageDraw.Draw(self.image)

    def bar(self, box: Box, corner: float, colour: str) -> None:
        """Draw a rectangle with rounded corners."""
        left, top, right, bottom = (round(edge * self.scale) for edge in box)
        pixels = (left, top, right - 1, bottom - 1)  # the last pixel is drawn too
        self.pen.rounded_rectangle(pixels, corner * self.scale, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """Draw a disc."""
        self.bar((x - radius, y - radius, x + radius, y + radius), radius, colour)

    def roof(self, colour: str) -> None:
        """Draw the roof: three discs, and thick lines between their centres."""
        (top_x, top_y), (right, base), (left, _) = ROOF
        r = ROOF_CORNER
        centres = ((top_x, top_y + r), (right - r, base - r), (left + r, base - r))
        pixels = [(x * self.scale, y * self.scale) for x, y in centres]
        self.pen.polygon(pixels, fill=colour)
        width = round(2 * r * self.scale)
        self.pen.line([*pixels, pixels[0]], fill=colour, width=width)
        for x, y in centres:
            self.disc(x, y, r, colour)

    def reduced(self) -> Image.Image:
        """Return the drawing at its final size."""
        return self.image.resize((self.size, self.size), Image.Resampling.LANCZOS)


def draw_icon(size: int) -> Image.Image:
    """Draw the icon, `size` pixels wide."""
    canvas = Canvas(size)
    canvas.roof(HOUSE)
    canvas.bar(BODY, BODY_CORNER, HOUSE)
    for top, light in zip(SERVER_TOPS, LIGHTS, strict=True):
        bottom, middle = top + SERVER_HEIGHT, top + SERVER_HEIGHT / 2
        canvas.bar((SERVER_LEFT, top, SERVER_RIGHT, bottom), SERVER_CORNER, SERVER)
        half = SLOT_HEIGHT / 2
        canvas.bar((SLOT_LEFT, middle - half, SLOT_RIGHT, middle + half), half, SLOT)
        canvas.disc(LIGHT_X, middle, LIGHT_RADIUS, light)
    return canvas.reduced()


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    BRAND.mkdir(parents=True, exist_ok=True)
    for name, width in SIZES.items():
        draw_icon(width).save(BRAND / name, optimize=True)
