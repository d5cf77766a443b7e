"""`python -m mmnuc` is the command `mmnuc`."""

from mmnuc.cli.main import main_and_exit

if __name__ == '__main__':
    main_and_exit()
