"""A trained network as a function of images: tiles, views and several models.

What tests, validations and :mod:`mmnuc.apis` share, so that all of them find the same nuclei.
"""
