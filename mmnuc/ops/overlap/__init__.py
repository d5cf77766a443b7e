"""Pixels that masks share, and what follows: matching, suppression, one owner a pixel."""
