"""The names and values at the ends of lines: moved apart so that none covers another.

How far depends on how high the plot is and how large its letters are, so it is done again for every
size that a drawing is put into.
"""

from __future__ import annotations

from analytics.charts import theme

#: marks an annotation that may be moved
NAME = "end"
#: height of a line of text beside the size of its letters
_LEADING = 1.25


def spread(layout: theme.Spec) -> None:
    """Move the labels up or down within the plot of a layout whose sizes and margins are set."""
    order = [label for label in layout["annotations"] if label.get("name") == NAME]
    order.sort(key=lambda label: label["y"])
    low, high = layout["yaxis"]["range"] if order else (0, 1)
    margin = layout["margin"]
    per_pixel = (high - low) / max(1.0, layout["height"] - margin["t"] - margin["b"])
    halves = [
        (label["text"].count("<br>") + 1) * label["font"]["size"] * _LEADING / 2 * per_pixel
        for label in order
    ]
    places = [label["y"] for label in order]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + halves[i - 1] + halves[i])
    ceiling = high + 10 * per_pixel
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], ceiling - halves[i])
        ceiling = places[i] - halves[i]
    for label, y in zip(order, places, strict=True):
        label["y"] = round(y, 6)
