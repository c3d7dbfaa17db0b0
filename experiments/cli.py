"""The command line: ``sttm COMMAND``. Each command does one thing and says where the result lies.

Exit codes: 0 when all is well; 1 when the input is wrong, or a clip had to be skipped by ``run``,
``sweep`` or ``extract`` (the rest is done); 2 when the command was typed wrong; 130 when it was
stopped.
Modules that do the work are imported inside the commands, so that ``sttm --help`` is quick.
"""

from __future__ import annotations

import errno
import signal
import sys
from typing import Annotated, Any

import typer
import typer.core

from .commands import comparing, data, features, running


class Commands(typer.core.TyperGroup):
    """The commands; a user's error ends them with one sentence and no traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command and turn what went wrong into a sentence and an exit code."""
        from sttm.errors import ToolkitError

        try:
            return super().invoke(ctx)
        except ToolkitError as error:
            sys.exit(_fail(str(error)))
        except KeyboardInterrupt:
            print("\nsttm: stopped; the same command goes on where it was.", file=sys.stderr)
            sys.exit(130)
        except OSError as error:
            if error.errno not in PLACES:
                raise
            sys.exit(_fail(f"{error.filename or 'the output'}: {error.strerror}."))


PLACES = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def _fail(sentence: str) -> int:
    print(f"sttm: {sentence}", file=sys.stderr)
    return 1


app = typer.Typer(
    name="sttm",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="From face video to dynamic features, exports, classifiers and honest reports.",
)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"sttm-toolkit {installed('sttm-toolkit')}")
        raise typer.Exit


for command in (
    running.demo,
    running.run,
    running.train,
    running.check,
    comparing.compare,
    comparing.sweep,
    running.template,
    features.extract,
    features.export,
    features.describe,
    features.show,
):
    app.command()(command)
app.add_typer(data.datasets, name="datasets")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        app(args=arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def script() -> None:
    """Entry point of the console script."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop as by Ctrl-C, workers too
    sys.exit(main())


if __name__ == "__main__":
    script()
