"""What small models are taught: questions with right answers, or text that goes on; some of either they never see while
they learn."""

from pellucid.tasks.check import askable, check, check_loss
from pellucid.tasks.corpus import Corpus, Loss
from pellucid.tasks.lookup import CORPORA, TASKS, make, remade, teachable
from pellucid.tasks.names import Names
from pellucid.tasks.task import Accuracy, Task
from pellucid.tasks.teachable import Teachable
from pellucid.tasks.text import Text

__all__ = [
    "CORPORA",
    "TASKS",
    "Accuracy",
    "Corpus",
    "Loss",
    "Names",
    "Task",
    "Teachable",
    "Text",
    "askable",
    "check",
    "check_loss",
    "make",
    "remade",
    "teachable",
]
