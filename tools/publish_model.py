"""Make of a checkpoint a file for others, with its config and a model card."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('publish')
