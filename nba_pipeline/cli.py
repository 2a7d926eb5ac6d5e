"""The command line, `nba-pipeline`. Its commands stand in `commands/`: each says what it does and calls what does it.

Imports that cost are made inside a command, so that help comes at once.
"""

import typer

from nba_pipeline.commands import answers, backfill, doctor, ingest, stack, tables
from nba_pipeline.commands.common import PROJECT

app = typer.Typer(
    help="NBA and MLB files in a bucket become BigQuery tables and predictions.",
    epilog=(
        "Exit codes: 0 done; 1 something failed, as a message on the error output says; 2 a command or option that "
        "does not exist or makes no sense. --json prints for scripts. `nba-pipeline COMMAND --help` has an example."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for group in (answers, ingest, backfill, stack, doctor):
    app.add_typer(group.app)
app.add_typer(tables.app, name="tables", rich_help_panel=PROJECT, help="The project's tables beside the declared ones.")


if __name__ == "__main__":
    app()
