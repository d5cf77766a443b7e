"""Fuse several models, or several result files, into one answer."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('ensemble')
