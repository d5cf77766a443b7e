"""Stains of H&E tissue: separated, jittered, normalised."""
