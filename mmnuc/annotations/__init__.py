"""Outlines and label maps as other tools write them, read and written."""
