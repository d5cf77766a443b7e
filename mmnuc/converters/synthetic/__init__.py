"""A synthetic H&E data set from a seed: the truth is known to the pixel."""
