"""Print a config with all its bases and options resolved."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('config print')
