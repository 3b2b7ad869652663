"""What arrives: one contract a dataset, one reader a foreign format."""
