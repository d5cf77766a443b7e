"""Outlines and label maps as other tools write them, read; :mod:`mmnuc.export` writes them."""
