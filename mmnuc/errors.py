"""The one error that bad input raises, in words for the user."""


class UserError(Exception):
    """Bad input. The message says what was seen and what to do, in words for the user."""


def user_message(error: Exception) -> str:
    """The error's own words, also when a data loader's worker wrapped them in its traceback.

    Example:
        >>> user_message(UserError('no such file: a.png'))
        'no such file: a.png'
    """
    text = str(error)
    if 'Original Traceback' not in text:
        return text
    return text.rstrip().rpartition('UserError: ')[2]
