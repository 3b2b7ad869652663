"""Places: the divisions of 2012 and 2023, cercles, spellings, codes, outlines and tiles."""
