"""A console that prints nowhere."""

import io

from rich.console import Console

QUIET = Console(file=io.StringIO())
