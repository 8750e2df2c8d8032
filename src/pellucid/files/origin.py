"""Where a model was read from, and whether what stands there is still what was read."""

from pathlib import Path

from pellucid.files.huggingface import FILES
from pellucid.files.together import State, states

WEIGHTS = ("*.safetensors", "*.bin", "*.pt")
"""The files that hold weights, of which there may be several."""


class Origin:
    """A folder, and the state that its files are in when this is made: before they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._read = self._states()

    @property
    def changed(self) -> bool:
        """Whether a file has been written anew, put there or taken away since."""
        return self._states() != self._read

    def _states(self) -> dict[str, State]:
        found = {path.name for kind in WEIGHTS for path in self.folder.glob(kind)}
        names = sorted(found.union(FILES))
        return {name: state for name, state in zip(names, states(self.folder, names)[1:], strict=True) if state}
