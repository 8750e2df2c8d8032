"""What small models are taught: questions with right answers, a quarter of which they never see while they learn."""

from pellucid.tasks.check import askable, check
from pellucid.tasks.lookup import TASKS, make, remade
from pellucid.tasks.task import Accuracy, Task

__all__ = ["TASKS", "Accuracy", "Task", "askable", "check", "make", "remade"]
