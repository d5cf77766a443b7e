"""Generate tiles like stained tissue, train a small model on them, test it and draw the results."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('demo')
