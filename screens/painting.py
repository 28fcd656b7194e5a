"""Which widgets are asked for their lines when a part of the screen is painted again."""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrontCompositor(Compositor):
    """Asks for the lines that are painted, of the widgets that can be seen there.

    Textual's own asks every widget that a painted line touches for all of its lines, also those that stand behind
    another one: for a move of the cursor by one row in a list, eight widgets of forty lines.
    """

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """What is seen from the front to the back, up to the first widget that covers all of `crop`."""
        if not crop:
            yield from super()._get_renders(crop)
            return
        lines = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            seen = clip.intersection(lines)
            part = region.intersection(seen)
            if not (part and part.overlaps(crop)):
                continue
            yield region, seen, widget.render_lines(part.translate((-region.x, -region.y)))
            if part.contains_region(crop):
                return
