"""Estimates: every number of the product is made here, by one function."""
