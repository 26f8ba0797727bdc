"""Who is at the keyboard."""

from __future__ import annotations

import os
import pwd


def person() -> str:
    """The name of the user, as the system knows it."""
    for name in ("LOGNAME", "USER"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may have a user without a name
        return str(os.getuid())
