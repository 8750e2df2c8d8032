"""Live values: what expressions give, against numbers worked out here; and what they refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.lessons.expression import LiveCells, Reads
from pellucid.lessons.moment import Lens, LiveIntervention
from pellucid.lessons.parse import Scope, parse_expression
from pellucid.lessons.problems import Mistake
from pellucid.lessons.subject import Subject, nano
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.train.descent import descend

SCOPE = Scope(nano(), bases=("blocks.0.attn",))


def value(text: str, run: Run, generated: int = 0) -> Any:
    node = parse_expression(text, Scope(nano(), SCOPE.bases, generated))
    return node.value(Lens(run).moment(generated), [])


def softmax(row: np.ndarray) -> np.ndarray:
    exponentials = np.exp(row.astype(np.float64) - row.max())
    shares: np.ndarray = exponentials / exponentials.sum()
    return shares


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", lambda run: 14),
        ("(2 + 3) * -4 / 8", lambda run: -2.5),
        ("1 / 0", lambda run: np.inf),
        ("last", lambda run: 5),
        ("answer", lambda run: 5),
        ("tokens[2]", lambda run: 0),
        ("tokens[t=3]", lambda run: 1),
        ("probs[5, A]", lambda run: softmax(run["logits"][5])[0]),
        ("probs[answer, 'B']", lambda run: softmax(run["logits"][5])[1]),
        ("probs[v=C, t=last - 2]", lambda run: softmax(run["logits"][3])[2]),
        ("blocks.0.attn.q[h=2, t=3, d=7]", lambda run: run["blocks.0.attn.q"][2, 3, 7]),
        ("q[2, 3, 7]", lambda run: run["blocks.0.attn.q"][2, 3, 7]),
        ("hook_embed[0, 5]", lambda run: run["embed"][0, 5]),
        ("embed.W_E[tokens[0], 5]", lambda run: run["embed.W_E"][2, 5]),
        ("max(pattern[h=1, t=4])", lambda run: run["blocks.0.attn.pattern"][1, 4].max()),
        ("argmax(pattern[h=1, t=4])", lambda run: run["blocks.0.attn.pattern"][1, 4].argmax()),
        ("pattern[1, 4, argmax(pattern[1, 4])]", lambda run: run["blocks.0.attn.pattern"][1, 4].max()),
        ("argmax(probs[answer])", lambda run: "ABC"[run["logits"][5].argmax()]),
        ("probs[5, argmax(probs[5])]", lambda run: softmax(run["logits"][5]).max()),
        ("min(scores)", lambda run: -np.inf),
        ("sum(embed[t=0..2])", lambda run: run["embed"][:3].sum(dtype=np.float64)),
        ("mean(blocks.0.resid_pre[2])", lambda run: run["blocks.0.resid_pre"][2].mean(dtype=np.float64)),
        ("std(blocks.0.resid_pre[2])", lambda run: run["blocks.0.resid_pre"][2].astype(float).std()),
        ("sum(q[0, 3] * k[0, 1]) / sqrt(size.d)", lambda run: run["blocks.0.attn.qk"][0, 3, 1]),
        ("exp(logits[5, A] - logits.max[5])", lambda run: np.exp(run["logits"][5, 0] - run["logits"][5].max())),
        ("count(tokens == B)", lambda run: 3),
        ("count(pattern[0, last] > 1 / 6)", lambda run: (run["blocks.0.attn.pattern"][0, 5] > 1 / 6).sum()),
        ("sum(pattern[0, last] * where(tokens == B))", lambda run: run["blocks.0.attn.pattern"][0, 5, [1, 3, 4]].sum()),
        ("sum(pattern[0, last] * v[0, d=7])", lambda run: run["blocks.0.attn.z"][0, 5, 7]),
        ("where(length == 6)", lambda run: 1),
        ("letter(tokens[0])", lambda run: "C"),
        ("letter(7)", lambda run: "—"),
        ("letters", lambda run: "C B A B B C"),
        ("numbers", lambda run: "2 1 0 1 1 2"),
        ("right_letters", lambda run: "A B B B C C"),
        ("alphabet", lambda run: "A B C"),
        ("length", lambda run: 6),
        ("model.parameters", lambda run: 85728),
        ("model.layers", lambda run: 3),
        ("size.f", lambda run: 192),
        ("accuracy.heldout_correct / accuracy.heldout_total", lambda run: 100 / 182),
        ("tokens[0] == C and not tokens[0] == A", lambda run: True),
        ("tokens[0] != C or length >= 7", lambda run: False),
        ("argmax(probs[5]) == argmax(logits[5])", lambda run: True),
    ],
)
def test_value(text: str, expected: Callable[[Run], Any], run: Run) -> None:
    found, wanted = value(text, run), expected(run)
    assert found == wanted or found == pytest.approx(wanted, rel=1e-5)


def test_answer_is_what_the_model_generates(random_nano: Model, run: Run) -> None:
    answer = random_nano.generate("CBABBC")
    assert value("answer_letters", run) == " ".join(answer)
    assert value("read_letters", run, generated=3) == " ".join("CBABBC" + answer[:3])
    assert value("correct", run) == (answer == "ABBBCC")


def test_the_loss_is_what_training_computes(random_nano: Model, nano_model: Model) -> None:
    for model in (random_nano, nano_model):
        for letters in ("CBABBC", "AAAAAA"):
            run = model.trace(letters)
            assert value("loss", run) == pytest.approx(descend(model, letters).loss, rel=1e-3, abs=1e-6)


def test_the_loss_knows_what_is_off(nano_model: Model) -> None:
    lens = Lens(nano_model.trace("BBCBBC"))
    output = parse_expression("blocks.0.attn_out", SCOPE)
    assert isinstance(output, LiveCells)
    assert lens.moment(0, (LiveIntervention(output, "zero"),)).loss > 100 * lens.moment(0).loss


def test_how_it_was_trained(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    assert value("training.steps", run) == nano_model.about["training"]["steps"]
    assert value("training.first_scored", run) == 5
    assert (value("training.batch", run), value("training.rate", run)) == (32, 0.008)


def test_last_moves_with_what_was_fed_back(random_nano: Model, run: Run) -> None:
    answer = random_nano.generate("CBABBC")
    longer = random_nano.trace("CBABBC" + answer[:4])
    assert value("probs[last, B]", run, generated=4) == pytest.approx(float(longer["probs"][9, 1]), rel=1e-5)
    assert value("probs[answer, B]", run, generated=4) == pytest.approx(float(longer["probs"][5, 1]), rel=1e-5)


def test_cells_read_are_reported(run: Run) -> None:
    reads: Reads = []
    parse_expression("max(pattern[h=1, t=last]) + tokens[2]", SCOPE).value(Lens(run).moment(0), reads)
    assert [region.to_json() for region in reads] == [
        {"tensor": "blocks.0.attn.pattern", "at": {"h": [1, 2], "t": [5, 6], "s": [0, 6]}},
        {"tensor": "tokens", "at": {"t": [2, 3]}},
    ]


def test_what_was_never_measured_is_missing(random_nano: Model) -> None:
    unmeasured = Model(random_nano.name, random_nano.config, random_nano.parameters, random_nano.vocabulary)
    run = unmeasured.trace("CBABBC")
    assert np.isnan(value("accuracy.heldout_correct", run))
    assert not value("accuracy.heldout_total > 0", run)
    assert value("right_letters", run) == "—"
    assert not value("correct", run)
    assert np.isnan(value("loss", run))
    assert not value("training.steps > 0", run)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("__class__", "__class__"),
        ("letters.__class__", "letters.__class__"),
        ("__import__('os')", "no function '__import__'"),
        ("open('A')", "no function 'open'"),
        ("letters.upper()", "no function 'letters.upper'"),
        ("max.__call__(probs[5])", "no function 'max.__call__'"),
        ("probs[5].sum()", "'.' means nothing here"),
        ("lambda: 1", "':' means nothing here"),
        ("[1, 2]", "something is missing before '['"),
        ("2 ** 9", "something is missing before '*'"),
        ("2 ^ 9", "'^' means nothing here"),
        ("'abc'", "no letter of the model"),
        ('"A"', "means nothing here"),
        ("1; 2", "';' means nothing here"),
        ("a if b else c", "named 'a'"),
        ("1 2", "'2' is one too many"),
        ("１", "write it half-width"),
        ("", "something is missing at the end."),
        ("(1", "a ')' is missing at the end."),
        ("probs[1", "a ']' is missing at the end."),
        ("max(probs[answer)", "a ']' is missing before ')'"),
        ("probs[1 2]", "a ',' is missing before '2'"),
        ("max(1)", "max() needs several numbers"),
        ("max(letters)", "max() needs several numbers"),
        ("argmax(probs)", "argmax() needs one row"),
        ("count(tokens)", "count() asks where a comparison holds"),
        ("letter(tokens)", "letter needs one number"),
        ("letters + 1", "+ needs a number"),
        ("letters < numbers", "< needs a number"),
        ("not 1", "'not' needs something that is true or false"),
        ("correct and tokens == A", "'and' needs something that is true or false"),
        ("tokens == D", "named 'D'"),
        ("embed + tokens", "cannot join cells along t c with cells along t"),
        ("probs[t=0, t=1]", "given twice"),
        ("probs[0, 1, 2]", "has only the axes t v"),
        ("probs[c=0]", "probs has no axis c"),
        ("probs[x=0]", "no axis 'x'"),
        ("probs[6, A]", "t=6 is outside probs: t (position) runs from 0 to 5"),
        ("probs[last + 1]", "t=last + 1, which is 6, is outside probs"),
        ("probs[3..1]", "range 3..1 of t is empty"),
        ("probs[t=letters]", "the axis t needs a number"),
        ("probs[t=tokens]", "the axis t needs one number"),
        ("blocks.0.attn.qq", "did you mean 'blocks.0.attn.q"),
        ("blocks.0.attn", "is a part of 18 tensors"),
        ("lettres", "did you mean 'letters'?"),
        ("size.x", "no axis 'x'"),
        ("(" * 40 + "1" + ")" * 40, "at most 30 deep"),
        ("tokens[" * 40 + "0" + "]" * 40, "at most 30 deep"),
        ("- " * 100 + "1", "something is missing before '-'"),
        ("9" * 16, "is one too many"),
        ("probs[t=1/2]", "the index 1/2 is 0.5: it must be a whole number"),
        ("probs[t=1/0]", "the index 1/0 is inf"),
        ("probs[t=0/0]", "the index 0/0 is nan"),
        ("1+" * 250 + "1", "at most 400 signs"),
    ],
)
def test_refused(text: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        parse_expression(text, SCOPE)
    assert said in str(mistake.value)


def test_an_index_that_only_the_letters_decide_is_checked_when_they_are_known(run: Run) -> None:
    with pytest.raises(PellucidError, match="outside logits"):
        value("logits[t=tokens[0] * 3, v=0]", run)
    with pytest.raises(PellucidError, match="must be a whole number"):
        value("logits[t=tokens[1] / 2, v=0]", run)
    with pytest.raises(PellucidError, match="is —: it must be a whole number"):
        value("logits[0, letter(7)]", run)


def test_a_model_without_a_task_or_letters(random_nano: Model) -> None:
    bare = Model("bare", random_nano.config, random_nano.parameters)
    scope = Scope(Subject.of(bare))
    moment = Lens(bare.trace([2, 1, 0])).moment(0)
    assert parse_expression("letters", scope).value(moment, []) == "2 1 0"
    assert parse_expression("argmax(probs[answer])", scope).value(moment, []) == int(moment.values["probs"][2].argmax())
    with pytest.raises(Mistake, match="its letters are none"):
        parse_expression("'A'", scope)
    assert bare.config.graph().parameters() == parse_expression("model.parameters", scope).value(moment, [])
