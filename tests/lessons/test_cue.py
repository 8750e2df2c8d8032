"""Stage cues: names found, parts spelled out, indices resolved for the letters at hand."""

from typing import Any

import numpy as np
import pytest
from lesson_files import Write

from pellucid.lessons.cue import Cue, resolve
from pellucid.lessons.moment import Lens
from pellucid.run.model import Model
from pellucid.run.trace import Run


def cues(write: Write, *blocks: str) -> list[Cue]:
    lesson = write({"en/01-one.md": "\n".join(f"```stage\n{block}\n```\nText.\n" for block in blocks)})
    assert not lesson.problems, lesson.problems
    return [step.cue for step in lesson.chapter("en", "01-one").steps]


def resolved(write: Write, run: Run, block: str) -> dict[str, Any]:
    return resolve(cues(write, block)[0], Lens(run))


def test_a_part_is_spelled_out_as_its_tensors(write: Write) -> None:
    (cue,) = cues(write, "focus: blocks.0.ln1")
    assert cue.focus == tuple(f"blocks.0.ln1.{name}" for name in ("w", "b", "mean", "scale", "normalized"))
    assert cue.view == "part"


def test_a_part_holds_the_parts_inside_it(write: Write) -> None:
    (cue,) = cues(write, "focus: blocks.1")
    assert {"blocks.1.attn.q", "blocks.1.mlp.W_out", "blocks.1.resid_post"} <= set(cue.focus)
    assert not any(name.startswith("blocks.0") for name in cue.focus)


@pytest.mark.parametrize(
    ("focus", "name", "full"),
    [
        ("blocks.1.attn", "q", "blocks.1.attn.q"),
        ("[blocks.1.attn, blocks.2.attn]", "q", "blocks.2.attn.q"),
        ("[blocks.1.attn, blocks.2.mlp]", "q", "blocks.1.attn.q"),
        ("blocks.1.attn", "resid_mid", "blocks.1.resid_mid"),
        ("blocks.1.attn", "mlp.pre", "blocks.1.mlp.pre"),
        ("blocks.1.attn.scores", "pattern", "blocks.1.attn.pattern"),
        ("blocks.1.attn", "probs", "probs"),
        ("blocks.1.attn", "blocks.0.hook_resid_pre", "blocks.0.resid_pre"),
    ],
)
def test_short_names_belong_to_what_is_in_focus(write: Write, focus: str, name: str, full: str) -> None:
    (cue,) = cues(write, f"focus: {focus}\nshow: {name}")
    assert cue.show == (full,)


def test_a_name_in_focus_may_refer_to_one_before_it(write: Write) -> None:
    (cue,) = cues(write, "focus: [blocks.1.attn.q, k, v]")
    assert cue.focus == ("blocks.1.attn.q", "blocks.1.attn.k", "blocks.1.attn.v")


def test_the_focus_stays_until_another_is_named(write: Write) -> None:
    first, second, third, fourth = cues(write, "focus: blocks.1.attn", "run: q", "view: home", "focus: output")
    assert second.focus == first.focus
    assert second.run == ("blocks.1.attn.q",)
    assert third.focus == ()
    assert third.view == "home"
    assert fourth.focus == ("unembed.W_U", "logits", "logits.max", "logits.sum", "probs")


def test_nothing_but_the_focus_stays(write: Write) -> None:
    first, second = cues(
        write, "focus: output\ngenerated: 2\nshow: probs\nrun: probs\nat: {t: last}\nnote: x", "show: logits"
    )
    assert first.generated == 2
    assert (second.generated, second.run, second.at) == (0, (), {})


def test_the_camera_may_look_from_elsewhere_and_stay_there(write: Write, run: Run) -> None:
    asked = "focus: output\ncamera: {turn: -45, tilt: 12.5, follow: false}"
    assert resolved(write, run, asked)["camera"] == {"turn": -45, "tilt": 12.5, "follow": False}
    assert resolved(write, run, "camera: {turn: 0}")["camera"] == {"turn": 0, "tilt": None, "follow": True}
    first, second = cues(write, asked, "show: logits")
    assert first.to_json()["camera"] == {"turn": -45, "tilt": 12.5, "follow": False}
    assert "camera" not in second.to_json()


def test_heads_of_what_is_in_focus_may_lie_side_by_side(write: Write, run: Run) -> None:
    assert resolved(write, run, "focus: blocks.0.attn.pattern\nfan: true")["fan"] is True
    first, second = cues(write, "focus: blocks.0.attn.pattern\nfan: true", "show: pattern")
    assert first.to_json()["fan"] is True
    assert "fan" not in second.to_json()


def test_a_flight_goes_out_past_other_models(write: Write, run: Run) -> None:
    assert resolved(write, run, "view: home\nmodels: [gpt2, gpt3]\nflight: true")["flight"] is True
    assert resolved(write, run, "view: home\nmodels: [gpt2, gpt3]")["flight"] is False


def test_indices_are_resolved_for_the_run(write: Write, run: Run) -> None:
    cue = resolved(write, run, "focus: blocks.0.attn\nrun: [scores, q]\nat: {h: 2, t: answer, s: 0..3}")
    assert cue["at"] == [
        {"tensor": "blocks.0.attn.scores", "at": {"h": [2, 3], "t": [5, 6], "s": [0, 4]}},
        {"tensor": "blocks.0.attn.q", "at": {"h": [2, 3], "t": [5, 6], "d": [0, 16]}},
    ]
    assert cue["tokens"] == [2, 1, 0, 1, 1, 2]


def test_indices_count_what_was_fed_back(write: Write, run: Run, random_nano: Model) -> None:
    cue = resolved(
        write, run, "generated: 3\nfocus: output\nat: {t: 0..last}\nselect: {tensor: probs, at: {t: last, v: B}}"
    )
    regions = {region["tensor"]: region["at"] for region in cue["at"]}
    assert regions == {
        "logits": {"t": [0, 9], "v": [0, 3]},
        "logits.max": {"t": [0, 9]},
        "logits.sum": {"t": [0, 9]},
        "probs": {"t": [0, 9], "v": [0, 3]},
    }
    assert cue["select"] == {"tensor": "probs", "index": {"t": 8, "v": 1}}
    assert cue["tokens"] == [2, 1, 0, 1, 1, 2, *random_nano.tokens(random_nano.generate("CBABBC"))[:3]]


def test_an_index_may_be_worked_out_from_the_run(write: Write, random_nano: Model) -> None:
    block = 'focus: embedding\nselect: {tensor: embed.W_E, at: {v: "tokens[last - 1]", c: 3}}'
    for letters in ("CBABBC", "AAAAAA"):
        found = resolved(write, random_nano.trace(letters), block)["select"]
        assert found == {"tensor": "embed.W_E", "index": {"v": "ABC".index(letters[4]), "c": 3}}


def test_cells_that_are_off_change_what_the_text_says(write: Write, run: Run) -> None:
    text = (
        "```stage\nfocus: output\noff: [{tensor: blocks.1.attn.z, at: {h: 2}}]\n```\n{probs[answer, A]:.6f} {letters}\n"
    )
    lesson = write({"en/01-one.md": text})
    assert not lesson.problems
    chapter = lesson.chapter("en", "01-one")
    moment = Lens(run).moment(0, chapter.steps[0].cue.off)
    expected = without_head(run.model, run, 1, 2)
    assert np.allclose(moment.values["probs"], expected, atol=1e-6)
    assert not np.allclose(expected, run["probs"], atol=1e-3)
    assert chapter.steps[0].places[0].fill(moment).text == f"{float(moment.values['probs'][5, 0]):.6f}"


def without_head(model: Model, run: Run, layer: int, head: int) -> np.ndarray:
    """The probabilities without that head, the rest of the model written out."""
    w = model.parameters.named

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        normal: np.ndarray = centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * w[f"{name}.w"] + w[f"{name}.b"]
        return normal

    x = run[f"blocks.{layer}.resid_pre"].astype(np.float64)
    for i in range(layer, 3):
        a, m = f"blocks.{i}.attn", f"blocks.{i}.mlp"
        n = norm(x, f"blocks.{i}.ln1")
        q, k, v = (
            np.einsum("tc,hcd->htd", n, w[f"{a}.W_{name}"]) + w[f"{a}.b_{name}"][:, None] for name in ("Q", "K", "V")
        )
        scores = np.einsum("htd,hsd->hts", q, k) / 4 + np.triu(np.full((6, 6), -np.inf), 1)
        pattern = np.exp(scores - scores.max(-1, keepdims=True))
        z = np.einsum("hts,hsd->htd", pattern / pattern.sum(-1, keepdims=True), v)
        if i == layer:
            z[head] = 0
        x = x + np.einsum("htd,hdc->tc", z, w[f"{a}.W_O"]) + w[f"{a}.b_O"]
        h = norm(x, f"blocks.{i}.ln2") @ w[f"{m}.W_in"] + w[f"{m}.b_in"]
        g = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
        x = x + g @ w[f"{m}.W_out"] + w[f"{m}.b_out"]
    logits = norm(x, "ln_final") @ w["unembed.W_U"]
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities: np.ndarray = exponentials / exponentials.sum(-1, keepdims=True)
    return probabilities


def test_two_heads_of_one_tensor_can_be_off(write: Write, run: Run) -> None:
    off = ["{tensor: blocks.1.attn.z, at: {h: 0}}", "{tensor: blocks.1.attn.z, at: {h: 2, t: 0..1}}"]
    (cue,) = cues(write, "\n  - ".join(["focus: output\noff:", *off]))
    z = Lens(run).moment(0, cue.off).values["blocks.1.attn.z"]
    assert not z[0].any()
    assert z[1].all()
    assert not z[2, :2].any()
    assert z[2, 2:].all()
    assert run["blocks.1.attn.z"].all()


def test_the_answer_is_written_without_what_is_off(write: Write, run: Run, random_nano: Model) -> None:
    (cue,) = cues(write, "generated: 2\nfocus: output\noff: {tensor: blocks.0.mlp.post}")
    moment = Lens(run).moment(2, cue.off)
    tokens = list(run.tokens)
    for _ in range(2):
        logits = Lens(random_nano.trace(tokens)).moment(0, cue.off).values["logits"]
        tokens.append(int(logits[-1].argmax()))
    assert list(moment.tokens) == tokens


def test_what_the_reader_has_changed_stays_changed(write: Write, random_nano: Model) -> None:
    changes = "blocks.1.attn.z[h=0]"
    run = random_nano.trace("CBABBC", interventions=changes)
    (cue,) = cues(write, "generated: 1\nfocus: output\noff: {tensor: blocks.1.attn.z, at: {h: 2}}")
    lens = Lens(run)
    assert np.array_equal(lens.moment(0).values["probs"], run["probs"])
    plain = random_nano.trace([*run.tokens, lens.moment(1).tokens[-1]], interventions=changes)
    assert np.array_equal(lens.moment(1).values["probs"], plain["probs"])
    z = lens.moment(1, cue.off).values["blocks.1.attn.z"]
    assert not z[0].any()
    assert z[1].all()
    assert not z[2].any()


def test_off_takes_interventions_of_every_kind_as_text(write: Write, run: Run) -> None:
    off = ["'blocks.1.attn.z[h=0,t=last]~scale(2)'", "'mlp.post[f=3]~mean(t)'", "{tensor: blocks.2.attn.z, at: {h: 1}}"]
    (cue,) = cues(write, "\n  - ".join(["generated: 1\nfocus: blocks.0.mlp\noff:", *off]))
    moment = Lens(run).moment(1, cue.off)
    plain = run.model.trace(moment.tokens)
    assert [str(each) for each in moment.off] == [
        "blocks.1.attn.z[h=0,t=6]~scale(2)",
        "blocks.0.mlp.post[f=3]~mean(t)",
        "blocks.2.attn.z[h=1]",
    ]
    mean = plain["blocks.0.mlp.post"][:, 3].mean()
    assert np.allclose(moment.values["blocks.0.mlp.post"][:, 3], mean, atol=1e-6)
    assert not moment.values["blocks.2.attn.z"][1].any()
    assert resolve(cue, Lens(run))["off"] == [
        {"tensor": "blocks.1.attn.z", "at": {"h": [0, 1], "t": [6, 7], "d": [0, 16]}, "change": "scale(2)"},
        {"tensor": "blocks.0.mlp.post", "at": {"t": [0, 7], "f": [3, 4]}, "change": "mean(t)"},
        {"tensor": "blocks.2.attn.z", "at": {"h": [1, 2], "t": [0, 7], "d": [0, 16]}},
    ]
    assert cue.to_json()["off"][0] == {"tensor": "blocks.1.attn.z", "at": {"h": 0, "t": "last"}, "change": "scale(2)"}


def test_what_is_off_stays_off_while_the_answer_is_written(write: Write, run: Run, random_nano: Model) -> None:
    """Cells that only a longer text has are off as soon as they are there; an axis meant whole grows with the text."""
    (cue,) = cues(write, "focus: output\noff: {tensor: blocks.0.attn.z}")
    moment = Lens(run).moment(0, cue.off)
    assert moment.written == tuple(
        step.token for step in random_nano.steps("CBABBC", 6, interventions="blocks.0.attn.z")
    )
    (late,) = cues(write, "generated: 2\nfocus: output\noff: {tensor: blocks.0.attn.z, at: {t: last}}")
    assert not Lens(run).moment(2, late.off).values["blocks.0.attn.z"][:, 7].any()
