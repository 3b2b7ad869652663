"""Land, build, publish, read: everything that touches the evidence home."""
