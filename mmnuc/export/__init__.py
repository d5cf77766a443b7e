"""Nuclei in the formats of other tools."""
