"""What commands share: where they print, the options that several have, and how they fail."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperCommand

from nba_pipeline import settings as settings_module
from nba_pipeline import terminal
from nba_pipeline.errors import UserError

console, _errors = terminal.console(), terminal.console(stderr=True)

# A day, for typer knows no dates; its option takes `formats=DAY`.
Day = dt.datetime | None
DAY = ["%Y-%m-%d"]

Tables = Annotated[str, typer.Option(help="Comma-separated tables; all by default")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts")]

# Where a command stands in the list of them all.
STACK, DO, LOOK, PROJECT = "The local stack", "What to run", "What is going on", "The project"


class ClearCommand(TyperCommand):
    """A command that ends with one message and exit code 1 where its user can mend something.

    A defect keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if (message := _message(error)) is None:
                raise
            _errors.print(Text(type(error).__name__, "bold red"), Text(f": {terminal.message(message)}"), sep="")
            raise typer.Exit(1) from error


def command(app: typer.Typer, panel: str, example: str, name: str | None = None) -> Callable[[Any], Any]:
    """Makes a function a command of `app`, listed under `panel`, whose help ends with an example."""
    return app.command(name, cls=ClearCommand, rich_help_panel=panel, epilog=f"Example: {example}")


def day_of(option: Day) -> dt.date | None:
    """The day that an option names."""
    return option.date() if option else None


def answering() -> settings_module.Settings:
    """The settings; raises StackError where they are those of the local stack and it is not running."""
    from nba_pipeline.local import stack

    current = settings_module.load()
    if current.env == "local" and not stack.is_running(current):
        raise stack.StackError("the local stack is not running: start it with `make dev`")
    return current


def refuse_backwards(first: dt.date, last: dt.date) -> None:
    """A usage error where days are the wrong way round."""
    if last < first:
        raise typer.BadParameter(f"{last} lies before --start-date", param_hint="--end-date")


def print_json(value: object) -> None:
    """Prints `value` for a script: no colours, no line breaks of the terminal's."""
    typer.echo(terminal.as_json(value))


def _message(error: Exception) -> str | None:
    """What a user is told of an error; None where it is no business of his."""
    if isinstance(error, UserError):
        return str(error)
    from google.api_core.exceptions import GoogleAPIError, RetryError
    from google.auth.exceptions import GoogleAuthError

    if isinstance(error, GoogleAuthError):
        return f"Google knows no credentials, or refuses them: {error}. `nba-pipeline doctor` says what is missing"
    if isinstance(error, RetryError):
        return f"BigQuery does not answer: {error.cause}. `nba-pipeline doctor` says whether it can be reached"
    if isinstance(error, GoogleAPIError):
        return f"Google refused: {error}. `nba-pipeline doctor` looks at permissions, locations and tables"
    return None
