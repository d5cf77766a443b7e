"""Draw the ground truth of a data set: a picture for each image, and a contact sheet."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('browse')
