"""Print the completion script of a shell: commands, options, choices and paths."""

import argparse

from mmnuc.cli.completion import SHELLS, completion_script

EPILOG = """bash: eval "$(mmnuc completion bash)"    in ~/.bashrc
zsh:  mmnuc completion zsh > ~/.zfunc/_mmnuc    with fpath=(~/.zfunc $fpath) before compinit
tcsh: mmnuc completion tcsh | source /dev/stdin    in ~/.tcshrc"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument('shell', choices=SHELLS, help='the shell')


def run(args: argparse.Namespace) -> None:
    """Print the script."""
    from mmnuc.cli.main import build_parser

    print(completion_script(build_parser(), args.shell))
