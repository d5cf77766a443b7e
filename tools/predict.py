"""Find the nuclei of images of any size and write them in the formats of other tools."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('predict')
