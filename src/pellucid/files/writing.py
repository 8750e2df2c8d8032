"""Writing a file whole or not at all: a kill at any moment leaves the old one or the new one there."""

import os
import tempfile
from pathlib import Path

from pellucid.graph import PellucidError


def replace_file(path: Path, content: bytes) -> None:
    """Put the content there. It is written beside its place and renamed into it. Raises PellucidError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PellucidError(
            "cannot-write", f"{path} cannot be written ({error.strerror}): choose another folder.", exit_code=1
        ) from error
