"""A trained network, rewritten to predict faster (inference optimisation)."""
