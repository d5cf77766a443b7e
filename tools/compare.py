"""Several result files side by side, with a paired bootstrap over images."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('compare')
