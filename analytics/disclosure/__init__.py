"""The one gate: what the public may see. Thresholds and rules of design.md §6."""
