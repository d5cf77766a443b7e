"""Whole jobs as functions."""
