"""A cache that forgets what has not been asked for the longest, for any number of threads."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from pellucid.run.forks import Turns

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Answers, keyed by all that they follow from: a model's snapshot, and what was asked of it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Turns()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Hashable) -> Value | None:
        """The answer under the key, or None if it is not known."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def recall(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The answer under the key, or what `make` gives, which is kept. Two threads may both have to make it."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        self.keep(key, made)
        return made

    def keep(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._known[key] = value
            if len(self._known) > self._most:
                self._known.popitem(last=False)
