"""Images of any kind as RGB of 8 bits, whole or piece by piece."""
