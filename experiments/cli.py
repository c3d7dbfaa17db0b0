"""The command line: ``sttm COMMAND``. Each command does one thing and says where the result lies.

Exit codes: 0 when all is well; 1 when the input is wrong, or a clip had to be skipped by ``run``,
``sweep``, ``extract`` or ``label`` (the rest is done); 2 when the command was typed wrong; 3 when
``verify`` found something at the chosen level; 130 when it was stopped.
Modules that do the work are imported inside the commands, so that ``sttm --help`` is quick.
"""

from __future__ import annotations

import errno
import sys
from typing import Annotated, Any

import typer
import typer.core

from .commands import (
    comparing,
    data,
    features,
    labelling,
    landmarks,
    recognizing,
    running,
    transferring,
)
from .stopping import asked_to_stop, heed_signals


class Commands(typer.core.TyperGroup):
    """The commands; a user's error ends them with one sentence and no traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command and turn what went wrong into a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(_stopped())
        except Exception as error:
            if asked_to_stop():  # a library made an error of its own of the interruption
                sys.exit(_stopped())
            sentence = _sentence(error)
            if sentence is None:
                raise
            sys.exit(_fail(sentence))


PLACES = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def _sentence(error: Exception) -> str | None:
    """Return what the user is told of an error that the user can mend, None for any other."""
    from sttm.errors import ToolkitError

    if isinstance(error, ToolkitError):
        return str(error)
    if isinstance(error, OSError) and error.errno in PLACES:
        return f"{error.filename or 'the output'}: {error.strerror}."
    return None


def _stopped() -> int:
    print("\nsttm: stopped; the same command goes on where it was.", file=sys.stderr)
    return 130


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
    labelling.verify,
    recognizing.recognize,
    recognizing.live,
    transferring.transfer,
):
    app.command()(command)
app.add_typer(data.datasets, name="datasets")
app.add_typer(landmarks.landmarks, name="landmarks")
app.add_typer(labelling.label, name="label")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        app(args=arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def script() -> None:
    """Entry point of the console script."""
    heed_signals()  # SIGTERM stops as Ctrl-C does, workers too
    sys.exit(main())


if __name__ == "__main__":
    script()
