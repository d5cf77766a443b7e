"""How every command ends: quietly, or with one clear line and a non-zero exit."""

import errno
import logging
import os
import sys
from collections.abc import Callable

from mmnuc.errors import UserError, user_message


def run(main: Callable[[], int | None]) -> None:
    """Run a command's ``main`` and exit with its code.

    :class:`~mmnuc.errors.UserError`, a full disk and Ctrl-C end with one line on stderr and exit
    2, 2 and 130; anything else is a fault of ours and keeps its traceback.
    """
    # A log line that can't be written, as on a full disk, is no reason to print a traceback.
    logging.raiseExceptions = False
    try:
        code = main() or 0
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        code = 130
    except UserError as error:
        print(f'error: {user_message(error)}', file=sys.stderr)
        code = 2
    except BrokenPipeError:
        # `| head` has seen enough. Nothing can be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141  # what the shell reports for SIGPIPE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f'error: the disk is full: {error.filename or error}', file=sys.stderr)
        code = 2
    sys.exit(code)
