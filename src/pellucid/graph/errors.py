"""The one kind of error that a person can cause: a sentence, a code that programs can test, and an exit status."""

from collections.abc import Mapping


class PellucidError(Exception):
    """Something that a person asked for cannot be done.

    The message is one sentence: what was wrong, what was expected, what to do. `code` names the case for programs (and
    for the page, which says it in the reader's language with `details` filled in); `exit_code` is the command line's.
    """

    def __init__(self, code: str, message: str, *, exit_code: int = 2, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.exit_code = exit_code
        self.details: Mapping[str, object] = details

    def to_json(self) -> dict[str, object]:
        """The form of docs/protocol.md."""
        return {"code": self.code, "message": self.message, "details": dict(self.details)}
