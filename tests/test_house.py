"""The house plan: which part of the package may import which, and where the names of one architecture's tensors stand.

The order below is that of the parts' dependence. A part may import itself and the parts before it, never one after it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pellucid.models import GPT2Config, gpt2, with_loss

PACKAGE = Path(__file__).parents[1] / "src" / "pellucid"
PARTS = [
    "words",
    "graph",
    "models",
    "files",
    "run",
    "tasks",
    "why",
    "train",
    "scene",
    "lessons",
    "serve",
    "site",
    "film",
    "notebook",
    "cli",
]
ORDER = ["cached", *PARTS]  # the first serves every part, and is none of them
ENTRANCES = {"__init__", "__main__", "ending"}  # made of the parts, and no part of them

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the part of each import of ours; `from pellucid import name` reaches into the public API."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [absolute(node, path)]
            if modules == ["pellucid"]:
                modules = [f"pellucid.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            names = module.split(".")
            if names[0] == "pellucid":
                yield node.lineno, names[1] if names[1:] and names[1] in ORDER else "__init__"


def absolute(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    package = ("pellucid", *path.relative_to(PACKAGE).parent.parts)
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *(node.module or "").split(".")]).rstrip(".")


def test_every_file_belongs_to_a_part() -> None:
    strangers = {part_of(path) for path in FILES} - set(ORDER) - ENTRANCES
    assert not strangers, f"not in the house plan: {', '.join(sorted(strangers))}"


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(PACKAGE).as_posix() for path in FILES])
def test_imports_point_upward(path: Path) -> None:
    own = part_of(path)
    if own in ENTRANCES:
        return
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {part}"
        for line, part in imported_parts(path)
        if part == "__init__" or ORDER.index(part) > ORDER.index(own)
    ]
    assert not wrong, "; ".join(wrong)


# No name of GPT-2's outside models/ and files/: everything else asks the graph, or the Architecture.

SMALLEST = GPT2Config(n_layer=1, n_head=1, n_embd=1, vocab_size=1, n_positions=1, tie_word_embeddings=False)
SETTINGS = set(SMALLEST.settings())
NAMES = {*with_loss(gpt2(SMALLEST)).tensors, *SETTINGS}
BEGINNINGS = tuple({f"{name.partition('.')[0]}." for name in NAMES if "." in name})
ENDS = {name.split(".", cut)[cut] for name in NAMES for cut in range(1, name.count(".") + 1)}
"""What stands behind a dot of a name: `attn.pattern` and `pattern` of `blocks.0.attn.pattern`."""
LONG_ENDS = {end for end in ENDS if "." in end or "_" in end}
"""Those that mean nothing else where they stand alone."""
AT_HOME = ("models/", "files/", "words/spellings.py")
"""Where names may stand: the last is the table of other programs' names."""

WORDS_OF_OUR_OWN: dict[str, set[str]] = {
    "train/teaching.py": {"tokens", "targets"},  # keys of an answer
    "train/apart.py": {"tokens", "targets"},  # keys of an answer
    "graph/graph.py": {"loss"},  # a key of the description
    "graph/tensor.py": {"tokens", "positions", "targets"},  # what inputs hold
    "cli.py": {"probs", "tokens", "loss"},  # keys of --json, and of what a model remembers
    "run/wire.py": {"tokens"},  # a key of the metadata
    "lessons/article/exercises.py": {"tokens"},  # a key of a cue
    "lessons/article/document.py": {"tokens"},  # a parameter of an address
    "lessons/cue.py": {"tokens"},  # a key of a cue
    "lessons/facts.py": {"loss"},  # what expressions may speak of
    "tasks/check.py": {"loss"},  # a key of what a model remembers
    "tasks/corpus.py": {"loss"},  # a key of what a model remembers
    "notebook/view.py": {"tokens"},  # a parameter of an address
    "serve/api.py": {"tokens", "targets"},  # parameters
    "serve/trainings.py": {"loss"},  # a key of an answer
    "serve/collection.py": {"tokens", "loss"},  # a parameter, a key of the description
    "serve/pictures.py": {"tokens"},  # a parameter
    "serve/query.py": {
        "blocks.0.attn.q",
        "blocks.0.attn.q[2,3,7]",
        "targets",
    },  # an example in the sentence of an error, a parameter
    "serve/reading.py": {"tokens"},  # a parameter
    "serve/tour.py": {"tokens", "loss"},  # a parameter, a key
}
"""Words that are tensors' names too and mean something else here, or examples that sentences of errors give."""

PAGE = Path(__file__).parents[1] / "web" / "src"


def is_a_name(text: str) -> bool:
    """Whether it is the name of a tensor or a setting, or the beginning or end of one, or a pattern for such."""
    plain = text.replace("\\", "").lstrip("^(").rstrip("$").removeprefix("grad.")
    whole = plain in NAMES or plain in LONG_ENDS or plain.startswith(BEGINNINGS)
    return whole or (plain.startswith(".") and plain[1:] in ENDS)


def names_in_python(source: str) -> Iterator[tuple[int, str]]:
    """String literals, docstrings aside, and attributes that are named like a setting of GPT-2's."""
    tree = ast.parse(source)
    asides = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in asides:
            if is_a_name(node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.Attribute) and node.attr in SETTINGS:
            yield node.lineno, node.attr


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(PACKAGE).as_posix() for path in FILES])
def test_no_name_of_one_architecture_stands_elsewhere(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    if place.startswith(AT_HOME):
        return
    allowed = WORDS_OF_OUR_OWN.get(place, set())
    found = [f"{place}:{line} says {name!r}" for line, name in names_in_python(path.read_text()) if name not in allowed]
    assert not found, "; ".join(found)


def test_words_that_are_allowed_are_still_said() -> None:
    for place, words in WORDS_OF_OUR_OWN.items():
        assert words == {name for _, name in names_in_python((PACKAGE / place).read_text())}, place


COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?<![:'\"`])//[^\n]*", re.DOTALL)
QUOTE = re.compile(r"['\"`]|(?<=[(\s])/(?=\S)")
"""What text or a pattern begins or ends with: pieces between any two are looked at, since an apostrophe is no pair."""
SETTING = re.compile(rf"\b(?:{'|'.join(name for name in SETTINGS if '_' in name)})\b")


def names_in_the_page(source: str) -> set[str]:
    code = COMMENT.sub("", source)
    texts = {text for text in QUOTE.split(code) if is_a_name(text) and text not in ("tokens", "targets", "loss")}
    return texts | set(SETTING.findall(code))


@pytest.mark.parametrize(
    "source",
    [
        *("run['blocks.0.attn.q']", "f'blocks.{i}.attn'", "name.endswith('.attn.pattern')", "last == 'resid_pre'"),
        *("re.compile(r'^blocks\\.(\\d+)')", "find('grad.logits')", "config.n_layer", "getattr(config, 'n_head')"),
    ],
)
def test_a_name_in_python_is_found(source: str) -> None:
    assert list(names_in_python(source))


@pytest.mark.parametrize(
    "source",
    [
        *(
            "find('blocks.0.attn.q')",
            "find(`blocks.${i}.attn`)",
            "name.endsWith('.attn.pattern')",
            "last === 'resid_pre'",
        ),
        *("found = /^blocks\\.(\\d+)/.exec(name)", "test(/blocks\\./)", "config.n_layer", "const { n_head } = config"),
        *("<p>It's {x === 'logits'}</p>", "config['n_embd']"),
    ],
)
def test_a_name_in_the_page_is_found(source: str) -> None:
    assert names_in_the_page(source)


def test_no_name_of_one_architecture_stands_in_the_page() -> None:
    """`tokens`, `targets` and `loss` are words of the protocol as well; words/ and i18n/ are titles."""
    found: dict[str, set[str]] = {}
    for path in PAGE.rglob("*"):
        if path.suffix in (".ts", ".svelte") and ".test." not in path.name and not {"i18n", "words"} & set(path.parts):
            found[path.name] = found.get(path.name, set()) | names_in_the_page(path.read_text())
    assert {name: texts for name, texts in found.items() if texts} == {}
