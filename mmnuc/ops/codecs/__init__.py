"""Masks into the forms that files hold, and back: run lengths, polygons, label maps."""
