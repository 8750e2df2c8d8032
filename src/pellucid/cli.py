"""The command line."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pellucid.graph import PellucidError

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def pellucid() -> None:
    """See how a GPT works, number by number."""


@app.command()
def serve(
    models: list[Path],
    port: Annotated[int | None, typer.Option()] = None,
    browser: bool = True,
) -> None:
    """Serve models on a page."""
    from pellucid.run.model import Model
    from pellucid.serve.start import serve

    serve([Model.load(folder) for folder in models], port=port, browser=browser)


def main() -> None:
    try:
        app()
    except PellucidError as error:
        print(f"pellucid: {error.message}", file=sys.stderr)
        sys.exit(error.exit_code)
