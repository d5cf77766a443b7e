"""Score result files from any tool against a ground truth: every score of the field at once."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('evaluate')
