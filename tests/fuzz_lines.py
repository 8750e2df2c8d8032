"""Command lines made by chance: commands with arguments that fit, that nearly fit, and that nobody would think of."""

from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ODD = st.one_of(
    st.sampled_from(
        ["", " ", "-", "--", "nan", "inf", "-inf", "1e-320", "1e999", "-0", "0x10", "٣", "½", "９", "\x1b[31m"]
    ),
    st.sampled_from(
        ["9" * 400, "9" * 5000, "1." + "0" * 400, "true", "None", "null", "[]", "{}", "A" * 5000, "\ud800"]
    ),
    st.sampled_from(
        ["/", "/dev/null", "/dev/full", "..", "~", "\n", "é", "日本", "😀", "a\tb", "'", '"', "\\", "%s", "$(x)"]
    ),
    st.text(max_size=12).filter(lambda text: "\0" not in text),
    st.integers().map(str),
    st.floats().map(str),
)
"""Nothing that a command line can carry and that an author would try."""

PROMPTS = st.one_of(st.text("ABC", max_size=12), st.sampled_from(["CBABBC", "2,1,0", "cbabbc", "D", "A B"]), ODD)
NAMES = st.sampled_from(
    ["logits", "probs", "blocks.0.attn.q", "grad.logits", "loss", "tokens", "hook_embed", "embed.W_E"]
)
CELLS = st.one_of(
    st.builds("{}[{},{}]".format, NAMES, st.integers(-2, 7), st.integers(-2, 50)),
    st.builds("{}[t={},{}={}]".format, NAMES, st.integers(0, 6), st.sampled_from("vhdcxs"), st.integers(0, 9)),
    st.builds("{}[{}".format, NAMES, ODD),
    NAMES,
    ODD,
)
CHANGES = st.one_of(
    st.builds(
        "{}~{}".format, CELLS, st.sampled_from(["zero", "scale(2)", "set(inf)", "mean(t)", "freeze", "from(2,1)"])
    ),
    st.builds("{}~{}({})".format, CELLS, st.sampled_from(["set", "add", "mean", "from", "swap"]), ODD),
    CELLS,
)


def number(name: str) -> tuple[str, SearchStrategy[str]]:
    return name, ODD | st.integers(-1, 9).map(str)


def options(*choices: tuple[str, SearchStrategy[str]]) -> SearchStrategy[list[str]]:
    one = st.one_of(*(st.builds(f"{name}={{}}".format, value) for name, value in choices))
    return st.lists(one | st.just("--json"), max_size=3)


def command_lines(model: Path, folder: Path) -> SearchStrategy[list[str]]:
    """Lines that ask that model, and write into that folder alone."""
    models = st.one_of(st.just(str(model)), st.just(str(model)), st.just(str(model)), st.just("gpt2"), ODD)
    outputs = st.sampled_from(
        ["", "/dev/null", "/dev/full", str(folder / "out.svg"), str(folder / "no" / "out"), str(folder)]
    )
    change = ("--change", CHANGES)
    sampling = [number(name) for name in ("--temperature", "--top-k", "--top-p", "--seed", "--count")]
    shapes = [
        st.tuples(st.just("info"), models, options()),
        st.tuples(st.just("check"), models, options()),
        st.tuples(st.just("generate"), models, PROMPTS, options(change, *sampling)),
        st.tuples(st.just("trace"), models, PROMPTS, options(change, ("--output", outputs))),
        st.tuples(st.just("explain"), models, PROMPTS, CELLS, options(change, ("--targets", PROMPTS))),
        st.tuples(
            *(st.just("draw"), models, PROMPTS, st.lists(NAMES | ODD, max_size=2)),
            options(change, ("--cell", CELLS), number("--width"), ("--theme", ODD | st.just("auto"))),
            outputs.map(lambda path: [f"--output={path}"]),
        ),
        st.tuples(
            *(st.just("train"), st.just("sort") | ODD, st.just([f"--output={folder / 'trained'}", "--steps=1"])),
            options(("--alphabet", ODD), ("--length", ODD), number("--seed")),
        ),
        st.tuples(st.just("lessons"), ODD, options(("--language", ODD), ("--model", models))),
        st.lists(ODD, max_size=3).map(tuple),
    ]
    return st.one_of(*shapes).map(flat)


def flat(parts: tuple[str | list[str], ...]) -> list[str]:
    return [text for part in parts for text in ([part] if isinstance(part, str) else part)]
