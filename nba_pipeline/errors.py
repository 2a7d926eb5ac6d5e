"""What all errors have in common that a user can meet and mend; each stands in the module that raises it."""


class UserError(Exception):
    """Something is not as it must be; the message says what, where, and what to do.

    The command line tells it as that message, without a traceback.
    """
