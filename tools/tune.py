"""Find the score threshold and the smallest area that score best on validation results."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('tune')
