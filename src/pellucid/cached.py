"""What is computed when it is first asked for, and kept.

Python's own `cached_property` has, up to version 3.11, one lock for all objects of a class: a process that is forked
while a thread holds it would wait for that thread, which does not exist there, for ever.
"""

import functools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property(functools.cached_property):
        """The one of `functools` without its lock: two threads that ask at once may both compute."""

        def __init__(self, function: Any) -> None:
            super().__init__(function)
            self.lock = nullcontext()  # what Python 3.11 enters; later versions have none


__all__ = ["cached_property"]
