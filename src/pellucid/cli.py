"""The command line: every command reads its arguments, asks the library, and prints the answer.

Answers go to standard output, everything else (progress, errors) to standard error. With --json an answer is one line
of JSON, and so is an error: {"error": {"code", "message", "details"}}, beside its sentence on standard error. The exit
status is 0; 1 where the machine does not allow it (a port in use, no permission to write) or nobody reads on; 2 for bad
input; 130 after Ctrl-C, which is the usual end of a server and there gives 0.
"""

import difflib
import io
import json
import math
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import typer

from pellucid.files import unheard
from pellucid.graph import PellucidError
from pellucid.words.errors import PellucidWarning, printable, shortened
from pellucid.words.given import numbers_in, path_of

if TYPE_CHECKING:
    from pellucid.lessons import Lesson
    from pellucid.models import Architecture
    from pellucid.run.generate import Step
    from pellucid.run.model import Model, Prompt
    from pellucid.run.size import Size
    from pellucid.tasks import Teachable
    from pellucid.train import Progress as TrainingProgress
    from pellucid.train import Recipe

STOPPED = 130
"""The exit status after Ctrl-C: 128 and the number of the signal, as shells have it."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder, or a preset such as nano.")]
PromptText = Annotated[
    str,
    typer.Argument(metavar="PROMPT", help="Text; for a model with neither letters nor tokenizer, numbers like 5,0,2."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
SEED_HELP = "What chance starts from: the same seed, the same result."
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="The port to listen on; 0 is any that is free.", show_default="8420"),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--change",
        metavar="CELLS",
        help=r"Change cells: blocks.1.attn.z\[h=2] to zero, or with ~scale(2) and the like. May be repeated.",
    ),
]
EngineName = Annotated[
    Literal["numpy", "reference", "jax", "onnx"],
    typer.Option("--engine", help="What computes; jax and onnx are extras to be installed."),
]
OwnLessons = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Lessons of your own, instead of the tour that Pellucid brings.")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open the page in a browser.")]
NoToken = Annotated[bool, typer.Option("--no-token", help="Let every program and user of this machine ask.")]
TokenForAll = Annotated[
    bool, typer.Option("--token-for-all", help="Ask programs of your own for the token too, not only those of others.")
]


@app.callback(invoke_without_command=True, epilog="Example: [bold]pellucid[/] opens the page.")
def pellucid(
    context: typer.Context,
    port: Port = None,
    no_browser: NoBrowser = False,
    no_token: NoToken = False,
    token_for_all: TokenForAll = False,
    version: Annotated[bool, typer.Option("--version", help="Print which version this is.")] = False,
) -> None:
    """See how a GPT works, number by number.

    Alone, this trains a nano-GPT that sorts letters (once, in seconds) and opens a page that shows its every number.
    """
    if version:
        from importlib.metadata import version as version_of

        print(f"pellucid {version_of('pellucid')}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        show(["nano"], port, browser=not no_browser, access=access(no_token, token_for_all))


@app.command(epilog="Example: [bold]pellucid serve nano ./sorter[/]")
def serve(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Folders of models, or presets.")],
    port: Port = None,
    no_browser: NoBrowser = False,
    no_token: NoToken = False,
    token_for_all: TokenForAll = False,
    lessons: OwnLessons = None,
    root_path: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Where another server in front of this one shows it, if that passes the path or its own host on: "
            "/pellucid, or https://example.org/pellucid. Everybody is asked for the token then.",
        ),
    ] = None,
) -> None:
    """Open a page that shows models; the first one to begin with. Ctrl-C ends it."""
    admitted = access(no_token, token_for_all or (root_path is not None and not no_token))
    show(models, port, browser=not no_browser, access=admitted, lessons=lessons, root_path=root_path)


@app.command(epilog="Example: [bold]pellucid site nano -o public[/], then [bold]python -m http.server -d public[/]")
def site(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL...", help="Folders of models, or presets; without any, nano.", show_default=False
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FOLDER", help="Where it goes: a new or empty folder, or a site.")
    ] = "site",
    lessons: OwnLessons = None,
    as_json: Json = False,
) -> None:
    """Write the page as a folder of files for any web host: each reader's own machine computes, and no server does.

    The whole page, the tour and the reading view in every language; it works from any folder of a host, and without
    the network once it has been loaded. A site that is in the folder already is replaced.
    """
    from pellucid.lessons import TOUR, Subject, compile_lesson
    from pellucid.site import export

    folder = path_of(output, "--output")
    names = models or ["nano"]
    found = [opened_among(names, name) for name in names]
    if lessons is not None:
        refuse_mistakes(with_claims(compile_lesson(lessons, Subject.of(found[0])), found[0]))
        for other in found[1:]:
            say_what_does_not_fit(with_claims(compile_lesson(lessons, Subject.of(other)), other), other.name)
    written = export(found, folder, lessons or TOUR)
    if as_json:
        print_json({"path": str(folder), "version": written.version, "files": written.files, "bytes": written.size})
    else:
        print(printable(f"The site is in {folder}: {written.files} files, {written.size / 1e6:.1f} MB."))
        print(printable(f"Put that folder on any web host; `python -m http.server -d {folder}` shows it here."))


Access = Literal["open", "others", "all"]
"""Who is asked for a token: nobody, other users, or the user's own programs as well."""


def access(no_token: bool, token_for_all: bool) -> Access:
    if no_token and token_for_all:
        raise PellucidError("bad-argument", "--no-token asks nobody and --token-for-all everybody: give one of them.")
    return "open" if no_token else "all" if token_for_all else "others"


def show(
    names: list[str],
    port: int | None,
    *,
    browser: bool,
    access: Access,
    lessons: Path | None = None,
    root_path: str | None = None,
) -> None:
    """Serve the models; the address is the first line on standard output."""
    from pellucid.lessons import TOUR, Subject, compile_lesson
    from pellucid.serve.access import kept_token
    from pellucid.serve.behind import NOTHING, Behind
    from pellucid.serve.start import address, listen, open_page, serve

    behind = NOTHING if root_path is None else Behind.read(root_path)
    listener = listen(port)
    models = [opened_among(names, name) for name in names]
    if lessons is not None:
        refuse_mistakes(compile_lesson(lessons, Subject.of(models[0])))
    token = None if access == "open" else kept_token(for_all=access == "all")
    print(address(listener, token.secret if token else None, behind), flush=True)
    print(f"Showing {' and '.join(model.name for model in models)}. Ctrl-C ends it.", file=sys.stderr)
    if browser:
        open_page(address(listener, token.ticket() if token else None, behind))
    serve(listener, models, lessons or TOUR, token, behind)


def with_claims(lesson: "Lesson", model: "Model") -> "Lesson":
    """The lesson, to whose mistakes the claims are added that are not so for the model; chapters with mistakes of other
    kinds are told of no run."""
    from dataclasses import replace

    from pellucid.lessons.claims import false_claims, prompts
    from pellucid.serve.collection import opening

    chapters = [chapter for found in lesson.chapters.values() for chapter in found if not chapter.source.problems]
    false = false_claims(chapters, model, prompts(model, opening(model)))
    return replace(lesson, problems=tuple(sorted({*lesson.problems, *false})))


def say_what_does_not_fit(lesson: "Lesson", model: str) -> None:
    """Of a model that is not the first one: chapters that cannot be told of it are left out, which is no mistake. What
    the others claim may not be so for it either."""
    chapters = [chapter for found in lesson.chapters.values() for chapter in found]
    left_out = {problem for chapter in chapters for problem in chapter.source.problems}
    for problem in lesson.problems:
        said = "Left out for" if problem in left_out else "Does not fit"
        print(f"{said} {printable(model)}: {problem}", file=sys.stderr)


def refuse_mistakes(lesson: "Lesson") -> None:
    """Lessons with mistakes are not shown: all of them are listed, with file and line."""
    problems = lesson.problems
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise PellucidError(
            "bad-lesson", f"{lesson.folder} has mistakes, listed above ({len(problems)}): mend them, then try again."
        )


@app.command(
    epilog="Example: [bold]pellucid train sort --seed 1 -o sorter[/], [bold]pellucid train addition --digits 3[/], "
    "[bold]pellucid train names --words list.txt[/], [bold]pellucid train text --file book.txt[/]"
)
def train(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="What to learn: sort, reverse, copy, parity, addition, modular (addition), brackets (balanced or "
            "not), names (a list of words), or text (a file of yours).",
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, max=2**64 - 1, help=SEED_HELP)] = 0,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where the model goes; without it, TASK-SEED here."),
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option(
            help="The letters of the task; without it, the task's own: ABC for sort. For brackets, pairs of them and "
            "the letters for yes and no."
        ),
    ] = None,
    length: Annotated[
        int | None, typer.Option(help="How many letters a question has; without it, the task's own: 6 for sort.")
    ] = None,
    digits: Annotated[
        int | None, typer.Option(help="How many digits the numbers to add have.", show_default="2")
    ] = None,
    modulus: Annotated[int | None, typer.Option(help="The modulus of modular addition.", show_default="31")] = None,
    words: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="For names: a word on each line; without it, first names."),
    ] = None,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="For text: what to learn from, in UTF-8.")] = None,
    context: Annotated[
        int | None, typer.Option(help="For text: how many tokens are read at once.", show_default="64")
    ] = None,
    pieces: Annotated[
        int | None,
        typer.Option(help="For text: cut it into so many kinds of pieces that occur often; without it, into letters."),
    ] = None,
    hold_out: Annotated[
        Literal["questions", "multisets"],
        typer.Option(
            help="What is never trained on: a quarter of the questions, or all orders of a quarter of the multisets of"
            " letters. Of names and texts it is a tenth."
        ),
    ] = "questions",
    steps: Annotated[
        int | None, typer.Option(help="Exactly so many; without it, until all trained questions are right.")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Blocks of the model; without it, the task's own.")] = None,
    heads: Annotated[int | None, typer.Option(help="Attention heads of a block; likewise.")] = None,
    width: Annotated[int | None, typer.Option(help="Channels, which the heads share out; likewise.")] = None,
    batch: Annotated[int | None, typer.Option(help="Examples of a step; likewise.")] = None,
    rate: Annotated[float | None, typer.Option(help="The learning rate; likewise.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="How strongly weights shrink; likewise.")] = None,
    engine: Annotated[
        Literal["numpy", "reference", "jax"],
        typer.Option("--engine", help="What computes losses and gradients; jax is an extra to be installed."),
    ] = "numpy",
    mesh: Annotated[
        str | None,
        typer.Option(
            metavar="data=N",
            help="With --engine jax: divide each batch between N devices, of this process or of all that Open MPI or "
            "Slurm started together.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Teach a small GPT a task or a text. A training that was stopped in the folder before its end is gone on with."""
    from pellucid.tasks import teachable
    from pellucid.train import Recipe, train
    from pellucid.train.mesh import Mesh

    own = {"alphabet": alphabet, "length": length, "digits": digits, "modulus": modulus}
    own |= {"words": words, "file": file, "context": context, "pieces": pieces}
    taught = teachable(task, hold_out=hold_out, **own)
    config = sized(taught.model, layers, heads, width)
    changed = {"batch": batch, "rate": rate, "weight_decay": weight_decay}
    recipe = Recipe(**{**taught.recipe, **{name: value for name, value in changed.items() if value is not None}})
    recipe = recipe if steps is None else recipe.lasting(steps)
    speaks = mesh is None or Mesh.read(mesh, engine).leads()
    folder = Path(f"{task}-{seed}") if output is None else path_of(output, "--output")
    stopped = unfinished(folder, taught, seed, recipe, config)
    try:
        with ended_by_signals(), beside_the_answer(), training_bar(task) as progress:
            model = train(
                taught,
                seed=seed,
                recipe=recipe,
                config=config,
                folder=folder,
                resume=stopped,
                progress=progress if speaks else None,
                engine=engine,
                mesh=mesh,
            )
    except KeyboardInterrupt as stop:
        raise PellucidError(
            "stopped",
            f"Stopped: the same command goes on with the training in {folder}.",
            exit_code=stop.status if isinstance(stop, Ended) else STOPPED,
        ) from None
    if not speaks:
        return
    done = model.about["training"]
    if as_json:
        outcome = {"steps": done["steps"], "seconds": done["seconds"], **results(model.about)}
        print_json({"task": task, **outcome, "path": str(folder)})
    else:
        print(f"{in_words(model.about)}; {done['steps']:,} steps in {done['seconds']:.1f} s.")
        print(printable(f"The model is in {folder}: `pellucid serve {folder}` shows it."))


def sized(model: "Architecture", layers: int | None, heads: int | None, width: int | None) -> "Architecture":
    """The architecture with the sizes that the options say. Raises PellucidError in words of the options."""
    alone = model.scaled(layers=layers, heads=1, width=width)  # how many heads there are changes nothing in its size
    sizes = {size.name: size.value for size in alone.sizes()}
    if (parameters := alone.parameters()) > MOST_TAUGHT:
        raise PellucidError(
            "too-large-to-teach",
            f"A model of {sizes['layers']:,} blocks with {sizes['channels']:,} channels has {parameters:,} parameters: "
            f"{MOST_TAUGHT:,} are the most that can be taught. Give a smaller --width or fewer --layers.",
        )
    usual = {size.name: size.value for size in model.sizes()}
    shared_by = usual["heads"] if heads is None else heads
    if shared_by > 0 and sizes["channels"] % shared_by:
        raise PellucidError(
            "uneven-heads",
            f"{sizes['channels']:,} channels do not divide into {shared_by:,} heads: make --width a multiple of "
            "--heads.",
        )
    return model.scaled(layers=layers, heads=heads, width=width)


MOST_TAUGHT = 10_000_000_000
"""As many parameters as no training here could have: with their gradients and averages they take 160 GB."""


class Ended(KeyboardInterrupt):
    """Somebody else than the person at the keyboard ends the program: the system, or a terminal that is closed."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Stop at them as at Ctrl-C, so that what has been done is kept."""

    def end(number: int, frame: object) -> NoReturn:
        raise Ended(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:  # nohup
            signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])


@contextmanager
def beside_the_answer() -> Iterator[None]:
    """What a library writes to standard output by itself meanwhile, past Python, goes to standard error."""
    sys.stdout.flush()
    answers = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(answers, 1)
        os.close(answers)


def unfinished(folder: Path, task: "Teachable", seed: int, recipe: "Recipe", config: "Architecture") -> bool:
    """Whether the folder holds this very training, stopped before its end: going on gives what starting anew would."""
    from pellucid.train import state

    if not (folder / state.STATE).is_file():
        return False
    there = state.read(folder)
    sizes = config.resized(vocabulary=len(task.vocabulary.pieces), context=task.context).to_json()
    asked = (task.describe(), seed, recipe, sizes)
    return there.step < there.steps and (there.task, there.seed, there.recipe, there.config) == asked


@app.command(epilog="Example: [bold]pellucid check sorter[/]")
def check(model: ModelName, engine: EngineName = "numpy", as_json: Json = False) -> None:
    """Ask a model every question of its task (a sample, where there are many) and count the right answers; or measure
    how well it knows the part of its text that it never saw."""
    from dataclasses import asdict

    from pellucid.tasks import check, check_loss

    asked = opened(model, engine)
    of_text = "corpus" in asked.about
    measured = {"loss": asdict(check_loss(asked))} if of_text else {"accuracy": asdict(check(asked))}
    if as_json:
        print_json({"task": asked.about["corpus" if of_text else "task"]["name"], **results(measured)})
    else:
        print(f"{in_words(measured)}.")


def results(about: Mapping[str, Any]) -> dict[str, Any]:
    """What is told in JSON of how well something was learned."""
    if "loss" in about:
        return dict(about["loss"])
    keys = ("trained_correct", "trained_total", "heldout_correct", "heldout_total")
    return {key: about["accuracy"][key] for key in keys}


def in_words(about: Mapping[str, Any]) -> str:
    """How well something was learned."""
    if "loss" in about:
        loss = about["loss"]
        counting = f"counting single letters gets {loss['single']:.3f}, counting pairs {loss['pairs']:.3f}"
        return f"loss {loss['heldout']:.3f} for each of {loss['letters']:,} letters held out; {counting}"
    accuracy = about["accuracy"]
    right = accuracy["trained_correct"] + accuracy["heldout_correct"]
    total = accuracy["trained_total"] + accuracy["heldout_total"]
    trained = f"{accuracy['trained_correct']:,} of {accuracy['trained_total']:,} trained on"
    heldout = f"{accuracy['heldout_correct']:,} of {accuracy['heldout_total']:,} held out"
    return f"{right:,} of {total:,} right: {trained}, {heldout}"


@app.command(epilog="Example: [bold]pellucid generate nano CBABBC[/]")
def generate(
    model: ModelName,
    prompt: PromptText,
    temperature: Annotated[
        float | None, typer.Option(help="Above 0 draws by chance, flatter the higher; without it, the likeliest token.")
    ] = None,
    top_k: Annotated[int, typer.Option(help="Draw among the k likeliest tokens only; 0 keeps all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw among the likeliest whose probabilities reach p.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help=f"{SEED_HELP} Without it, 0.", show_default=False)] = None,
    count: Annotated[
        int | None,
        typer.Option(
            help="How many tokens; without it, the task's answer, or as many as fit; an end of text is the last."
        ),
    ] = None,
    change: Changes = None,
    engine: EngineName = "numpy",
    as_json: Json = False,
) -> None:
    """Write what comes after the prompt."""
    if seed is not None and not temperature:
        raise PellucidError(
            "bad-argument",
            "--seed is given without --temperature, so that nothing is left to chance: give both, or neither.",
        )
    found = opened(model, engine)
    written = found.steps(
        asked(found, prompt),
        count,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed or 0,
        interventions=change or (),
    )
    steps = list(counted(written))
    output = found.text([step.token for step in steps])
    if as_json:
        print_json({"prompt": prompt, "output": output, "probs": [step.probability for step in steps]})
    else:
        print(harmless(output))


@app.command(epilog="Example: [bold]pellucid trace nano CBABBC -o trace.safetensors[/]")
def trace(
    model: ModelName,
    prompt: PromptText,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write every tensor there, as safetensors.")
    ] = None,
    change: Changes = None,
    engine: EngineName = "numpy",
    as_json: Json = False,
) -> None:
    """Compute every number of one forward pass: list the tensors, or write them to a file."""
    path = None if output is None else path_of(output, "--output")
    found = opened(model, engine)
    run = found.trace(asked(found, prompt), interventions=change or ())
    if path:
        from pellucid.files.writing import replace_file
        from pellucid.run.wire import trace_file

        replace_file(path, trace_file(run))
    tensors = [found.graph.tensors[name] for name in run]
    if as_json:
        listed = [
            {"name": tensor.name, "axes": tensor.axes, "shape": run[tensor.name].shape, "kind": tensor.kind}
            for tensor in tensors
        ]
        print_json({"tokens": run.tokens, "tensors": listed, "path": output})
    elif path:
        report(path, f"{len(run)} tensors of {len(run.tokens)} tokens are in {path}.")
    else:
        rows = [
            (tensor.name, " ".join(tensor.axes), " × ".join(map(str, run[tensor.name].shape)), tensor.title)
            for tensor in tensors
        ]
        print_table(("tensor", "axes", "shape", "what it is"), rows)


@app.command(epilog=r'Example: [bold]pellucid explain nano CBABBC "blocks.0.attn.q\[h=2,t=3,d=7]"[/]')
def explain(
    model: ModelName,
    prompt: PromptText,
    cell: Annotated[
        str,
        typer.Argument(
            metavar="CELL", help=r"A tensor's name and an index: logits\[t=5,v=0], logits\[5,0], logits\[last,A]."
        ),
    ],
    change: Changes = None,
    engine: EngineName = "numpy",
    targets: Annotated[
        str | None,
        typer.Option(
            metavar="ANSWERS",
            help="What should follow each token read, for the loss and gradients (grad.TENSOR): letters, or token "
            "numbers like -1,-1,0 with -1 where no answer is asked for; without it, the tokens that do follow.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take one number apart: its formula, and every term with the numbers it was made of."""
    found = opened(model, engine)
    said = targets is not None and ("," in targets or found.vocabulary is None)
    answers = numbers_in(targets) or targets if said and targets else targets
    run = found.trace(asked(found, prompt), interventions=change or (), targets=answers)
    explanation = run.explain(cell)
    if as_json:
        print_json(explanation.to_json())
    else:
        print(explanation)


@app.command(epilog="Example: [bold]pellucid why nano CBABBC A --by ways[/]")
def why(
    model: ModelName,
    prompt: PromptText,
    token: Annotated[
        str | None, typer.Argument(metavar="TOKEN", help="The token asked about; without it, the likeliest one.")
    ] = None,
    by: Annotated[
        Literal["parts", "ways", "layers", "letters", "patches"],
        typer.Option(
            help="What each part adds to the logit; the ways from the letters to it; what each layer would answer; how "
            "much each letter matters; or what brings it about when taken from --other.",
        ),
    ] = "parts",
    position: Annotated[
        int, typer.Option("--at", metavar="POSITION", help="After which position; -1 is the last.")
    ] = -1,
    against: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Ask about the difference from this one.")
    ] = None,
    other: Annotated[str | None, typer.Option(metavar="PROMPT", help="The text that --by patches takes from.")] = None,
    tensors: Annotated[
        list[str] | None, typer.Option("--tensor", metavar="TENSOR", help="What is patched. May be repeated.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "--lang", help="The language of the sentence.")] = "en",
    as_json: Json = False,
) -> None:
    """Ask why the model gives a token the logit it has: measured answers that add up."""
    from pellucid.why.asking import Question, answer

    if (by == "patches") != (other is not None):
        raise PellucidError(
            "bad-question",
            "--by patches takes numbers from another text: give that with --other."
            if other is None
            else f"--other is the text that --by patches takes from, not --by {by}: leave it out, or say --by patches.",
        )
    if against is not None and by in ("layers", "letters"):
        raise PellucidError("bad-question", f"--against cannot be asked with --by {by}: ask by parts, ways or patches.")
    language, found = checked_language(language), opened(model)
    from_text = None if other is None else asked(found, other)
    question = Question(by, token_said(found, token), position, token_said(found, against), from_text, tensors)
    found_out = answer(found, asked(found, prompt), question, language)
    if as_json:
        print_json(found_out.to_json())
        return
    print(found_out.sentence)
    print_table(("", "", ""), [(row.label, f"{row.value:+.4f}", row.cells or "") for row in found_out.rows], 1)


def token_said(model: "Model", token: str | None) -> str | int | None:
    """A token by its letter or piece; by its number for a model that has none."""
    if token is None or model.vocabulary:
        return token
    found = numbers_in(token)
    if found is None or len(found) != 1:
        raise PellucidError("no-vocabulary", f"{model.name} has no tokenizer or letters: give a token's number.")
    return found[0]


@app.command(epilog="Example: [bold]pellucid draw nano CBABBC blocks.0.attn -o attention.svg[/]")
def draw(
    model: ModelName,
    prompt: PromptText,
    parts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PART...", help="Tensors, or parts like blocks.0.attn; without any, the whole model."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the picture goes: an .svg, a .png or a .pdf.")
    ] = "model.svg",
    kind: Annotated[
        Literal["model", "attention", "schematic", "card"],
        typer.Option(
            help="Boxes of numbers; all attention patterns; what is made of what, in a part; the arithmetic of --cell."
        ),
    ] = "model",
    cell: Annotated[
        str, typer.Option(metavar="CELL", help="Mark this cell, and those it was computed from; a card is about it.")
    ] = "",
    change: Changes = None,
    theme: Annotated[
        Literal["light", "dark", "print", "auto"], typer.Option(help="With auto, as the reader's system.")
    ] = "light",
    language: Annotated[str, typer.Option("--language", "--lang", help="The language of the words in it.")] = "en",
    width: Annotated[float, typer.Option(min=200, max=4000, help="In pixels.")] = 720,
) -> None:
    """Draw a model, or parts of it, with the numbers it computes, as a picture for a page, a paper or slides."""
    from pellucid.scene.drawing import draw as drawn
    from pellucid.scene.drawing import picture_path

    file = picture_path(path_of(output, "--output"))
    if indexed := next((part for part in parts or () if "[" in part), None):
        named = shortened(printable(indexed), LONGEST_VALUE)
        raise PellucidError(
            "bad-part",
            f"'{named}' is cells, and a PART is drawn whole: name the tensor alone, and mark --cell '{named}'.",
        )
    found = opened(model)
    run = found.trace(asked(found, prompt), interventions=change or ())
    explained = run.explain(cell) if cell else None
    drawn(
        run,
        *(parts or ()),
        file=file,
        explained=explained,
        kind=kind,
        width=width,
        theme=theme,
        language=checked_language(language),
    )
    print(printable(f"{output} is written."), file=sys.stderr)
    if found.task and len(run.tokens) < found.task["length"]:
        print(
            f"{printable(found.name)} was taught with questions of {found.task['length']} tokens: what it makes of "
            f"{len(run.tokens)} it has never learned, and `pellucid generate` refuses them.",
            file=sys.stderr,
        )


def checked_language(language: str) -> str:
    """Raises PellucidError (`bad-argument`) for one that Pellucid does not speak."""
    from pellucid.words import LANGUAGES

    if language not in LANGUAGES:
        raise PellucidError(
            "bad-argument", f"--language takes {' or '.join(LANGUAGES)}, not '{shortened(language, LONGEST_VALUE)}'."
        )
    return language


@app.command(epilog="Example: [bold]pellucid film 04-self-attention -o attention.mp4[/]")
def film(
    chapter: Annotated[str, typer.Argument(metavar="CHAPTER", help="The chapter to film, such as 04-self-attention.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the film goes: an .mp4, .webm, .gif or .webp.",
            show_default=False,
        ),
    ],
    model: Annotated[str, typer.Option(help="The folder or preset that it is about.")] = "nano",
    text: Annotated[str | None, typer.Option(help="What the model reads; without it, an example.")] = None,
    language: Annotated[str, typer.Option("--language", "--lang", help="The language of the captions.")] = "en",
    theme: Annotated[Literal["light", "dark"], typer.Option(help="Light or dark.")] = "light",
    steps: Annotated[
        str | None, typer.Option(metavar="FIRST..LAST", help="Some steps of the chapter: 2..5, or one.")
    ] = None,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="In pixels.")] = "1920x1080",
    fps: Annotated[int, typer.Option(min=1, max=60, help="Pictures a second.")] = 30,
    pace: Annotated[float, typer.Option(min=0.1, max=20, help="Twice as fast with 2.")] = 1.0,
    lessons: OwnLessons = None,
    as_json: Json = False,
) -> None:
    """Film a chapter: what its steps play on the stage, with their text as captions, through a browser.

    Every picture follows from its moment alone, so that the same film comes out again; it takes longer than it lasts.
    """
    from pellucid.film import Range, film_path
    from pellucid.film import film as filmed
    from pellucid.lessons import TOUR, Subject, compile_lesson

    path, pixels = film_path(output), pixels_of(size)
    wanted = None if steps is None else Range.read(steps)
    found = opened(model)
    if lessons is not None:
        refuse_mistakes(compile_lesson(lessons, Subject.of(found)))
    with ended_by_signals(), frames_bar() as progress:
        made = filmed(
            found,
            chapter,
            path,
            text=text,
            language=language,
            theme=theme,
            steps=wanted,
            size=pixels,
            fps=fps,
            pace=pace,
            lessons=lessons or TOUR,
            progress=progress,
        )
    if as_json:
        print_json({"path": str(path), "frames": made.frames, "seconds": made.seconds, "bytes": made.size})
    else:
        said = f"{path} is written: {made.seconds:.1f} s, {made.frames:,} frames, {made.size / 1e6:.1f} MB."
        print(printable(said))


SMALLEST_FILM, LARGEST_FILM = 160, 7680
"""Pixels along either side."""


def pixels_of(size: str) -> tuple[int, int]:
    """Raises PellucidError (`bad-argument`); films have even sizes, since their colours come in squares of four."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size, re.ASCII)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(SMALLEST_FILM <= side <= LARGEST_FILM and side % 2 == 0 for side in (width, height)):
        raise PellucidError(
            "bad-argument",
            f"--size takes even numbers from {SMALLEST_FILM} to {LARGEST_FILM} such as 1920x1080, "
            f"not '{shortened(size, LONGEST_VALUE)}'.",
        )
    return width, height


@contextmanager
def frames_bar() -> "Iterator[Callable[[int, int], None]]":
    """Show how many frames there are of how many, to whoever watches standard error."""
    if not sys.stderr.isatty():
        yield lambda done, all: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.completed:,} of {task.total:,} frames"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=1)
        yield lambda done, all: bar.update(shown, completed=done, total=all)


LONGEST_LINE = 10_000
"""Nothing is cut off or wrapped where a program reads."""


@app.command(epilog="Example: [bold]pellucid export nano -o nano.onnx[/]")
def export(
    model: ModelName,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the model goes: an .onnx.", show_default=False)
    ],
    tensors: Annotated[
        list[str] | None,
        typer.Option("--tensor", metavar="NAME", help="An output; without any, every tensor. May be repeated."),
    ] = None,
    texts: Annotated[bool, typer.Option("--texts", help="Read many texts of one length at once.")] = False,
    open_for_change: Annotated[
        list[str] | None,
        typer.Option(
            "--open-for-change",
            metavar="NAME",
            help="A tensor with two more inputs, NAME.changed and NAME.value, that set its cells. May be repeated.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a model as an ONNX file, which other programs compute with: onnxruntime, in a browser, on a phone."""
    path = path_of(output, "--output")
    found = opened(model)
    written = found.to_onnx(path, tensors or None, texts=texts, open_for_change=open_for_change or ())
    if as_json:
        print_json({"inputs": written.inputs, "outputs": written.outputs, "path": output})
    else:
        count = len(written.outputs)
        tensors_are = f"{count} tensors of {found.name} are" if count > 1 else f"One tensor of {found.name} is"
        report(path, f"{tensors_are} computed by {path}, for {'many texts' if texts else 'a text'} of any length.")


@app.command(epilog="Example: [bold]pellucid info gpt3[/]")
def info(model: ModelName, as_json: Json = False) -> None:
    """Tell how big a model is: parameters, operations, memory. Nothing is loaded or allocated."""
    from pellucid.run.size import Size
    from pellucid.train.catalogue import configuration

    config = configuration(model)
    size = Size.of(config.graph())
    if as_json:
        print_json({**size.to_json(), "config": config.settings()})
    else:
        print_size(size)


def print_size(size: "Size") -> None:
    """What `info` tells, in lines."""
    context = f"{size.context:,}"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in size.tensors.items())
    rows = [("parameters", f"{size.parameters:,}", "")]
    for part in size.parts:
        each = f"{part.count} × {part.parameters:,}" if part.count > 1 else f"{part.parameters:,}"
        rows.append((f"  {part.title}", each, ""))
    for weight in size.shared:
        readers = " and ".join(weight.used_for)
        rows.append((f"  {weight.tensor}", f"{weight.parameters:,}", f"counted once above, though {readers} read it"))
    rows += [
        ("FLOPs per token", f"{size.flops_per_token:,}", f"the last of {context}, earlier keys and values kept"),
        ("bytes of weights", f"{size.weight_bytes:,}", "float32"),
        ("bytes of keys and values", f"{size.cache_bytes:,}", f"float32, for {context} tokens"),
        ("tensors", f"{sum(size.tensors.values()):,}", kinds),
    ]
    print_table(("", "", ""), rows, right=1)


@app.command(
    epilog="Example: [bold]pellucid lessons ./my-lessons[/], [bold]pellucid lessons --article tour.html[/] to print"
)
def lessons(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="A folder of lessons; without it, the tour that Pellucid brings."),
    ] = None,
    article: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the lessons there as one HTML page, to print or hand on.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "--lang", help="The language of the article.")] = "en",
    model: Annotated[str, typer.Option(help="The folder or preset that the lessons speak of.")] = "nano",
    text: Annotated[
        str | None, typer.Option(help="What the model reads in the article; without it, an example.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a folder of lessons: list the chapters of every language, and all that is wrong, with file and line; so are
    claims ({check ...}) that are not so."""
    from pellucid.lessons import TOUR, Subject, compile_lesson
    from pellucid.lessons.report import lines, to_json

    if article is not None:
        from pellucid.files.writing import check_place

        check_place(path_of(article, "--article"))
        write_article(path_of(article, "--article"), folder or TOUR, language, opened(model), text, as_json)
        return
    found = None if model == "nano" else opened(model)
    lesson = compile_lesson(folder or TOUR, None if found is None else Subject.of(found))
    if folder is not None and any(
        step.claims for chapters in lesson.chapters.values() for chapter in chapters for step in chapter.steps
    ):
        lesson = with_claims(lesson, found or opened(model))
    if as_json:
        print_json(to_json(lesson))
    else:
        print(*lines(lesson), sep="\n")
    for problem in lesson.problems:
        print(problem, file=sys.stderr)
    if lesson.problems:
        raise typer.Exit(2)


def write_article(file: Path, folder: Path, language: str, model: "Model", text: str | None, as_json: bool) -> None:
    """Lessons without mistakes as one HTML file that needs no server."""
    from pellucid.files.writing import replace_file
    from pellucid.lessons import TOUR, Subject, compile_lesson
    from pellucid.lessons.article import article
    from pellucid.serve.collection import opening

    lesson = compile_lesson(folder, Subject.of(model))
    if folder != TOUR:
        refuse_mistakes(with_claims(lesson, model))
    else:
        say_what_fits(lesson, language, model.name)
    prompt = opening(model) if text is None else asked(model, text)
    replace_file(file, article(lesson, language, model, prompt).encode())
    if as_json:
        print_json({"language": language, "path": str(file)})
    else:
        report(file, f"The article is in {file}.")


def say_what_fits(lesson: "Lesson", language: str, model: str) -> None:
    """The tour speaks of nano: of another model some of its chapters cannot be told, or none, which is refused."""
    chapters = lesson.chapters.get(language, ())
    unfit = sum(not lesson.fits(chapter) for chapter in chapters)
    if unfit == len(chapters) > 0:
        raise PellucidError(
            "unfit-lesson",
            f"The tour speaks of models that sort letters, and does not fit {model}: name a folder of lessons of your "
            "own, or leave --model out for nano.",
        )
    if unfit:
        print(f"The tour does not fit {model}: {unfit} of its {len(chapters)} chapters are left out.", file=sys.stderr)


def opened(name: str, engine: str = "numpy") -> "Model":
    """The model of that name; the nano-GPT is trained before, where it is asked for the first time."""
    from pellucid.train.catalogue import load

    with training_bar(name) as progress:
        found = load(name, progress)
    return found if engine == found.engine_name else found.on(engine)


def opened_among(names: list[str], name: str) -> "Model":
    """One of several models; where it cannot be opened, it is said which of them."""
    try:
        return opened(name)
    except PellucidError as error:
        if len(names) == 1:
            raise
        raise PellucidError(
            error.code, f"{name}: {error.message}", exit_code=error.exit_code, **error.details
        ) from error


LONG = 1.0
"""How many seconds of generating one waits for without being told how it goes."""


def counted(steps: "Iterator[Step]") -> "Iterator[Step]":
    """The tokens as they are generated, counted for whoever watches standard error where it takes long."""
    start = time.monotonic()
    with ExitStack() as bars:
        count: Callable[[int], None] | None = None
        for number, step in enumerate(steps, 1):
            if count is None and time.monotonic() - start > LONG and sys.stderr.isatty():
                count = bars.enter_context(token_count())
            if count is not None:
                count(number)
            yield step


@contextmanager
def token_count() -> "Iterator[Callable[[int], None]]":
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} tokens"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=None)
        yield lambda number: bar.update(shown, completed=number)


@contextmanager
def training_bar(title: str) -> "Iterator[Callable[[TrainingProgress], None]]":
    """Show how a training goes, if there is one, to whoever watches standard error."""
    bars = ExitStack()
    update: Callable[[TrainingProgress], None] | None = None

    def hear(progress: "TrainingProgress") -> None:
        nonlocal update
        if update is None:
            update = bars.enter_context(rich_bar(title)) if sys.stderr.isatty() else lambda _: None
        update(progress)

    with bars:
        yield hear


@contextmanager
def rich_bar(title: str) -> "Iterator[Callable[[TrainingProgress], None]]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} steps"),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TextColumn("{task.fields[accuracy]:.0%} right"),
        TextColumn("{task.fields[speed]:,.0f} steps/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task(title, total=1, loss=math.nan, accuracy=0.0, speed=0.0)

        def update(progress: "TrainingProgress") -> None:
            bar.update(
                shown,
                completed=progress.step,
                total=progress.steps,
                loss=progress.loss,
                accuracy=progress.accuracy,
                speed=progress.step / progress.seconds,
            )

        yield update


def report(path: Path, sentence: str) -> None:
    """Say that something was written: not where it has just been written to."""
    from pellucid.files.writing import is_stream

    print(printable(sentence), file=sys.stderr if is_stream(path) else sys.stdout)


def asked(model: "Model", prompt: str) -> "Prompt":
    """The prompt in the form that the model reads: text, or token numbers where it has no vocabulary."""
    if model.vocabulary:
        return prompt
    found = numbers_in(prompt)
    if found is None:
        raise PellucidError(
            "no-vocabulary",
            f"{model.name} has no tokenizer or letters: give token numbers with commas, such as 5,0,2, for a prompt.",
        )
    return found


def harmless(text: str) -> str:
    """What a model wrote, without what a terminal would obey; its lines and columns stay."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def print_json(content: dict[str, Any]) -> None:
    print(json.dumps(worded(content), allow_nan=False))


def worded(content: Any) -> Any:
    """The same with words for the numbers that JSON has none of its own for."""
    if isinstance(content, float) and not math.isfinite(content):
        return "NaN" if math.isnan(content) else "Infinity" if content > 0 else "-Infinity"
    if isinstance(content, dict):
        return {key: worded(value) for key, value in content.items()}
    return [worded(value) for value in content] if isinstance(content, list | tuple) else content


def print_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: int | None = None) -> None:
    """Columns with heads, if they have any; the column `right` holds numbers, and the last may wrap in a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=any(heads), pad_edge=False, padding=(0, 2), header_style="bold")
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place == right else "left", no_wrap=place < len(heads) - 1)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = LONGEST_LINE
    console.print(table)


def main() -> NoReturn:
    """Run the command that the arguments name, and say in one sentence what went wrong, if something did."""
    ending = signal.getsignal(signal.SIGINT)  # what has waited for Ctrl-C so far, and will again
    if ending is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    open_streams()
    unheard.from_now_on()
    forget_odd_widths()
    warnings.showwarning = show_warning
    warnings.simplefilter("always", PellucidWarning)  # which PYTHONWARNINGS=error would have end the program
    try:
        status = run()
    except KeyboardInterrupt:
        # Where it fell into code that was made from a text, as a dataclass is, Python remembers it as unhandled and
        # ends `python -m` by a signal in spite of all. The next such code makes it forget.
        exec("")
        status = complain(PellucidError("stopped", "Stopped.", exit_code=STOPPED))
    if ending is not None:
        signal.signal(signal.SIGINT, ending)
    close_streams()
    if status and one_of_several():
        os._exit(status)
    sys.exit(status)


def one_of_several() -> bool:
    """Whether JAX has joined this process to others, for which it would wait at its end while they wait for it."""
    jax = sys.modules.get("jax")
    return jax is not None and bool(jax.distributed.is_initialized())


def run() -> int:
    """Run the command; the exit status."""
    try:
        status = app(standalone_mode=False) or 0
        if status == STOPPED:
            raise KeyboardInterrupt
        sys.stdout.flush()
    except PellucidError as error:
        return complain(error)
    except typer.TyperException as error:
        return complain(PellucidError("usage", usage_sentence(error)))
    except BrokenPipeError:  # such as `| head`: nobody reads on
        return 1
    except MemoryError:
        return complain(PellucidError("refused", "This takes more memory than the machine has.", exit_code=1))
    except OSError as error:
        reason = error.strerror or str(error)
        what = f" access to {error.filename}" if isinstance(error.filename, str) else ""
        return complain(PellucidError("refused", f"This machine refuses{what}: {reason}.", exit_code=1))
    return int(status)


def open_streams() -> None:
    """Have something to read from and to write to, even where it was closed: else the next file opened would be it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open as long as the program runs
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal does not know is no reason to fail, nor is an encoding that knows none.
            stream.reconfigure(encoding=None if writes(stream.encoding) else "utf-8", errors="replace")


def writes(encoding: str) -> bool:
    """Whether a text can be written in it, come what may: in some that Python has, none can."""
    try:
        "a\n".encode(encoding, "replace")
    except UnicodeError:
        return False
    return True


WIDTHS = ("COLUMNS", "LINES", "TERMINAL_WIDTH", "JUPYTER_COLUMNS", "JUPYTER_LINES")
"""The variables by which a person says how large the terminal is."""


def forget_odd_widths() -> None:
    """Leave out sizes of the terminal that are none: the libraries that lay out what is printed fail of them."""
    for name in WIDTHS:
        if not re.fullmatch("[1-9][0-9]{0,3}", os.environ.get(name, "1")):
            del os.environ[name]


def close_streams() -> None:
    """Nothing is left over that cannot be written, which Python would complain of at its very end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show_warning(message: Warning | str, *where: object, **more: object) -> None:
    """What a person should know, in a line; what only programmers should is not for the program's users."""
    if isinstance(message, PellucidWarning):
        print(f"pellucid: {message}", file=sys.stderr)


def complain(error: PellucidError) -> int:
    """Say what is wrong, if there is anybody to hear it; the exit status."""
    try:
        print(f"pellucid: {error.message}", file=sys.stderr, flush=True)
        if "--json" in sys.argv:
            print_json({"error": error.to_json()})
            sys.stdout.flush()
    except OSError:
        close_streams()
    return error.exit_code


# What was wrong with the arguments.


def usage_sentence(error: typer.TyperException) -> str:
    """What was wrong with the arguments, what was expected, and where to read what there is."""
    command = named_command(error)
    path = "pellucid" if command is None else f"pellucid {command}"
    wrong = wrong_usage(error, command)
    return wrong if wrong.endswith("?") else f"{wrong}: `{path} --help` shows what there is."


def wrong_usage(error: Any, command: str | None) -> str:
    """By the kind of the error, whose classes Typer keeps to itself; its own sentence where that is another."""
    match type(error).__name__:
        case "MissingParameter":
            return f"{error.param.metavar or error.param.name.upper()} is missing"
        case "BadParameter":
            name, value = error.param.opts[-1], given_for(error.param.opts)
            not_that = "" if value is None else f", not '{shortened(value, LONGEST_VALUE)}'"
            return f"{name} takes {expected(command, error.param.name)}{not_that}"
        case "NoSuchOption":
            return f"There is no option {shortened(error.option_name, LONGEST_VALUE)}" + meant(error.possibilities)
        case "BadOptionUsage":
            needs = "takes no value" if given_for([error.option_name]) else "needs a value behind it"
            return f"The option {error.option_name} {needs}"
        case "UsageError" if command is None:
            unknown = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
            near = difflib.get_close_matches(unknown, commands())
            return f"There is no command '{shortened(unknown, LONGEST_VALUE)}'" + meant(near)
        case "UsageError":
            return f"There are more arguments than `pellucid {command}` takes"
    return str(error.format_message()).rstrip(".")


LONGEST_VALUE = 40
"""How much of what was typed a sentence repeats."""


def meant(near: Iterable[str] | None) -> str:
    return f"; did you mean {' or '.join(sorted(near))}?" if near else ""


def commands() -> dict[str, Callable[..., Any]]:
    return {one.callback.__name__: one.callback for one in app.registered_commands if one.callback}


def named_command(error: typer.TyperException) -> str | None:
    """The command that was asked for; None where none was, or there is none of that name."""
    context = getattr(error, "ctx", None)
    name = context.info_name if context else next((one for one in sys.argv[1:] if one in commands()), None)
    return name if name in commands() else None


def given_for(options: Sequence[str]) -> str | None:
    """What stands behind an option, as it was typed."""
    for argument, following in zip(sys.argv[1:], [*sys.argv[2:], None], strict=True):
        name, equals, value = argument.partition("=")
        if name in options:
            return value if equals else following
    return None


def expected(command: str | None, parameter: str) -> str:
    """What an option takes, by the declaration of its function."""
    hints = get_type_hints(commands().get(command or "", pellucid), include_extras=True)
    kind, said = get_args(hints[parameter])[:2]
    kinds = [one for one in get_args(kind) if one is not type(None)] if get_origin(kind) is UnionType else [kind]
    if get_origin(kinds[0]) is Literal:
        *others, last = get_args(kinds[0])
        return f"{', '.join(others)} or {last}"
    number = "a whole number" if kinds[0] is int else "a number"
    return number if said.min is None else f"{number} from {said.min} to {said.max}"
