"""Declared tables and a project's: what differs, and making what is missing."""

from typing import Annotated

import typer

from nba_pipeline.commands.common import PROJECT, AsJson, answering, command, console, print_json

app = typer.Typer(no_args_is_help=True)


@command(app, PROJECT, "nba-pipeline tables diff --json")
def diff(as_json: AsJson = False) -> None:
    """What of the declared tables is missing in the project or differs; the exit code is 1 where anything does.

    `missing` and `incomplete` tables become right with the next write, or with `tables create`. One that `differs` can
    not be written before somebody mends it.
    """
    current = answering()
    from nba_pipeline import catalog
    from nba_pipeline.bigquery import live
    from nba_pipeline.bigquery.connection import connected
    from nba_pipeline.listings import tables as listing

    with connected(current) as connection:
        compared = live.compare(connection.client, catalog.tables().values())
    if as_json:
        print_json(listing.records(compared))
    else:
        console.print(listing.listing(compared, current.project))
    if any(one.differences for one in compared):
        raise typer.Exit(1)


@command(app, PROJECT, "nba-pipeline tables create --dry-run")
def create(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and stop")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Create the datasets and tables that are missing, and add columns that are; prints what it will do, and asks.

    Datasets are made in NBA_LOCATION. Writes make what they need by themselves: this is for a project in which the
    account that writes may not.
    """
    current = answering()
    from nba_pipeline import catalog
    from nba_pipeline.bigquery import live
    from nba_pipeline.bigquery.connection import connected
    from nba_pipeline.listings import tables as listing

    tables = list(catalog.tables().values())
    with connected(current) as connection:
        found = live.locations(connection.client, live.datasets(tables))
        live.refuse_other_locations(connection.client, found)
        compared = live.compare(connection.client, tables)
        steps = listing.plan(compared, found, current.location)
        for line in (*steps, f"Changes to make in {current.project}: {len(steps)}."):
            console.print(line, highlight=False, soft_wrap=True)
        if steps and not dry_run and (yes or typer.confirm("Do it?", abort=True)):
            live.create(connection.client, compared)
            console.print("Done.")
    live.refuse_differences(compared)
