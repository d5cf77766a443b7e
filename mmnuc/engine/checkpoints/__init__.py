"""Checkpoints: opened safely, compared with a network, loaded into it."""
