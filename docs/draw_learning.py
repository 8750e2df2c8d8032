"""Draw how each task is learned: docs/pictures/learning.svg, and print the table of docs/tasks.md.

    python docs/draw_learning.py FOLDER

Every task is trained by its own recipe from three seeds, and a text, which takes longest, from one, in folders of
FOLDER; what is there already is not trained again. The text is the English tour. It needs matplotlib.
"""

import json
import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot

from pellucid import load, train
from pellucid.lessons import TOUR
from pellucid.run.model import Model
from pellucid.tasks import CORPORA, TASKS, Corpus, Task, Teachable, Text, teachable
from pellucid.train.metrics import METRICS

PICTURE = Path(__file__).parent / "pictures" / "learning.svg"
SEEDS = {Text.name: range(1)}
THREE = range(3)
"""How many seeds a task is trained from, where nothing else is said."""
COLOURS = ("#0072b2", "#d55e00", "#009e73")
"""One a seed: of Okabe and Ito's palette, which colour-blind readers tell apart."""
INK = "#808080"
"""Seen on white as on black."""


def made(name: str, folder: Path) -> Teachable:
    if name != Text.name:
        return teachable(name)
    tour = folder / "tour.txt"
    tour.write_text("\n".join(page.read_text(encoding="utf-8") for page in sorted((TOUR / "en").glob("*.md"))), "utf-8")
    return Text(tour)


def taught(task: Teachable, seed: int, folder: Path) -> Model:
    """The model, trained if it is not there yet."""
    where = folder / f"{task.name}-{seed}"
    return load(where) if (where / "config.json").exists() else train(task, seed=seed, folder=where)


def curve(folder: Path, of_text: bool) -> tuple[np.ndarray, np.ndarray]:
    """Steps, and the share of right answers or the loss, each a mean over the steps around."""
    lines = [json.loads(line) for line in (folder / METRICS).read_text(encoding="utf-8").splitlines()]
    values = np.array([line["loss" if of_text else "accuracy"] for line in lines])
    width = max(len(values) // 60, 1)
    kept = len(values) // width * width
    return np.arange(kept).reshape(-1, width).mean(axis=1) + 1, values[:kept].reshape(-1, width).mean(axis=1)


def row(task: Teachable, models: list[Model]) -> str:
    """What the table of docs/tasks.md says of a task."""
    sizes = {size.name: size.value for size in models[0].config.sizes()}
    size = f"{sizes['layers']} × {sizes['heads']} × {sizes['channels']}"
    steps = " / ".join(f"{model.about['training']['steps']:,}" for model in models)
    if isinstance(task, Corpus):
        losses = [model.about["loss"] for model in models]
        guessing = f"{losses[0]['single']:.2f}, pairs {losses[0]['pairs']:.2f}"
        reached = " / ".join(f"{loss['heldout']:.2f}" for loss in losses)
    else:
        found = [model.about["accuracy"] for model in models]
        guessing = f"{task.baseline:.1%}" if isinstance(task, Task) else ""
        reached = " / ".join(f"{one['heldout_correct']:,} of {one['heldout_total']:,}" for one in found)
    return f"| {task.name} | {guessing} | {size} | {steps} | {reached} |"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [made(name, folder) for name in (*TASKS, *CORPORA)]
    models = {task.name: [taught(task, seed, folder) for seed in SEEDS.get(task.name, THREE)] for task in tasks}
    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "learning", "font.size": 9, "text.color": INK})
    pyplot.rcParams.update(dict.fromkeys(("axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK))
    figure, places = pyplot.subplots(3, 3, figsize=(8.4, 6.4), layout="constrained")
    for task, place in zip(tasks, places.flat, strict=True):
        of_text = isinstance(task, Corpus)
        for seed in range(len(models[task.name])):
            steps, values = curve(folder / f"{task.name}-{seed}", of_text)
            place.plot(steps, values, color=COLOURS[seed], linewidth=1.2)
        if isinstance(task, Task):
            place.set_ylim(-0.03, 1.03)
            place.axhline(task.baseline, color=INK, linewidth=0.8, linestyle="--")
        else:
            place.axhline(models[task.name][0].about["loss"]["pairs"], color=INK, linewidth=0.8, linestyle="--")
        place.set_title(f"{task.name}: {'loss' if of_text else 'share right'}", fontsize=9)
        place.spines[["top", "right"]].set_visible(False)
    for place in places[-1]:
        place.set_xlabel("step")
    figure.savefig(PICTURE, transparent=True, metadata={"Date": None, "Creator": None})
    print("\n".join(row(task, models[task.name]) for task in tasks))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
