"""From a figure to a file that carries its sources with it."""
