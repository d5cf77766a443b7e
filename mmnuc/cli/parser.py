"""An argument parser whose errors are one line and name the nearest right word."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """As of argparse, but for its errors; and options are written in full.

    Example:
        >>> parser = Parser(prog='mmnuc browse', exit_on_error=False)
        >>> _ = parser.add_argument('--style', choices=['contours', 'grey'])
        >>> parser.parse_args(['--style', 'gray'])
        Traceback (most recent call last):
        argparse.ArgumentError: no choice "gray" of --style: did you mean "grey"?
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        # What an abbreviation means changes with every new option.
        settings.setdefault('allow_abbrev', False)
        super().__init__(*args, **settings)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what is not known: a sub-command knows its options best.

        argparse would leave that to the command above, which can't tell the nearest one.
        """
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(self._unknown(rest))
        return found, rest

    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong, and exit with 2."""
        self.exit(2, f'{self.prog}: error: {message}\n')

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        # The last of its names is the long one.
        option = [str(action.metavar or action.dest), *action.option_strings][-1]
        is_command = isinstance(action, argparse._SubParsersAction)
        kind = f'command "{value}"' if is_command else f'choice "{value}" of {option}'
        known = list(map(str, action.choices))
        raise argparse.ArgumentError(None, f'no {kind}: {_advice(str(value), known)}')

    def _unknown(self, words: Sequence[str]) -> str:
        """What is wrong with words that no argument takes."""
        first = next((word for word in words if word.startswith('-')), words[0])
        if not first.startswith('-'):
            return f'"{first}" is one argument too many'
        option = first.partition('=')[0]
        advice = nearest(option, self.options())
        said = f'did you mean "{advice}"?' if advice else f'{self.prog} --help lists them'
        return f'no option "{option}": {said}'

    def options(self) -> list[str]:
        """Names of the options that the help shows."""
        return [
            name
            for action in self._actions
            if action.help != argparse.SUPPRESS
            for name in action.option_strings
        ]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like one that is not; None where none does.

    Example:
        >>> nearest('predcit', ['predict', 'print']), nearest('x', ['predict'])
        ('predict', None)
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _advice(word: str, known: Sequence[str]) -> str:
    close = nearest(word, known)
    return f'did you mean "{close}"?' if close else f'there are {", ".join(known)}'
