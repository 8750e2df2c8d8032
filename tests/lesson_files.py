"""What the tests of lessons call their fixtures' types."""

from collections.abc import Callable

from pellucid.lessons import Lesson

Write = Callable[[dict[str, str]], Lesson]
OneStep = Callable[..., str]
