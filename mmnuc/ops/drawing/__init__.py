"""Instances drawn on images: arrays in, arrays out."""
