"""Turn a data set of nuclei into images, COCO files and a report of what is wrong with it."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('convert')
