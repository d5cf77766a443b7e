"""`python -m mmnuc.doctor`: is this machine ready? One line a check, with the remedy if it fails.

Nothing but the standard library is imported before a check needs it, so the lines are readable
when torch itself is missing or broken.
"""
