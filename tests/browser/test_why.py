"""Why a logit is what it is, asked on the page."""

import math
import re

import pytest
from browser.driving import inspector, opened, opened_at, state
from browser.test_local import computes_itself
from playwright.sync_api import Locator, Page, expect

import pellucid
from pellucid import why


def unfolded(page: Page) -> Locator:
    panel = inspector(page).locator("details.why")
    panel.locator("summary").first.click()
    return panel


def test_a_logit_is_traced_back_to_the_letters(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    panel = unfolded(page)
    found = why.attribution(nano_model.trace("CBABBC"), "A")
    rows = panel.locator("li")
    expect(rows).to_have_count(len(found))
    expect(panel.locator("p").first).to_contain_text("The logit of A after position 5 is 6.2")
    # What was asked for is brought into sight, however low the question stood.
    expect(panel.locator("p").first).to_be_in_viewport(ratio=1)
    expect(rows.first).to_be_in_viewport()
    values = [float(value) for value in rows.locator("data").evaluate_all("all => all.map(one => one.value)")]
    assert values == pytest.approx([number for _, number in found.largest()], abs=1e-5)
    assert sum(values) == pytest.approx(found.about["sum"], abs=1e-4)
    expect(rows.nth(0)).to_contain_text("block 1: MLP output, t=5 (C)")
    # The sentence counts blocks as the list and the tour do.
    expect(panel.locator("p").first).to_contain_text("Most of it is added by block 1: MLP output (")

    panel.get_by_role("button", name="The ways from the letters").click()
    picture = panel.get_by_role("img")
    expect(picture).to_be_visible()
    nodes = why.contributions(nano_model.trace("CBABBC"), "A").nodes
    assert picture.locator("circle").count() == len(nodes) + 1, "and the logit"
    rows.filter(has_text="token embeddings, t=2 (A)").get_by_role("button").click()
    page.wait_for_function("() => window.pellucid.state.cell?.tensor === 'embed'")
    assert state(page)["cell"]["index"] is None, "a row of channels is no single cell: the tensor is shown"


def test_all_attention_patterns_are_shown_small(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    patterns = inspector(page).locator("details.patterns")
    patterns.locator("summary").click()
    expect(patterns.locator("canvas")).to_have_count(9)  # three blocks of three heads
    # Every number is a pixel: those that look ahead are as empty as what is no number at all.
    drawn = (
        patterns.locator("canvas")
        .nth(1)
        .evaluate(
            """canvas => {
             const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
             const pixel = (_, place) => data.slice(4 * place, 4 * place + 3).join()
             const all = Array.from({ length: canvas.width * canvas.height }, pixel)
             const rowOf = (_, row) => all.slice(row * canvas.width, (row + 1) * canvas.width)
             return Array.from({ length: canvas.height }, rowOf)
           }"""
        )
    )
    numbers = nano_model.trace("CBABBC")["blocks.0.attn.pattern"][1]
    assert len(drawn) == len(numbers)
    empty = drawn[0][-1]
    assert [[pixel == empty for pixel in row] for row in drawn] == (numbers == 0).tolist()
    patterns.get_by_role("button", name="Attention pattern of block 1, head 1").click()
    page.wait_for_function("() => window.pellucid.state.cell?.tensor === 'blocks.0.attn.pattern'")
    assert state(page)["cell"]["index"] == [1, 5, int(numbers[5].argmax())]


def test_what_a_channel_answers_to_most(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=blocks.1.mlp.post:5,17")
    panel = inspector(page).locator("details.activations")
    panel.locator("summary").click()
    expected = why.top_activations(nano_model, "blocks.1.mlp.post[f=17]")
    rows = panel.get_by_role("listitem")
    expect(rows).to_have_count(len(expected))
    values = [float(one.get_attribute("value") or "nan") for one in panel.locator("data").all()]
    assert values == pytest.approx([one.value for one in expected], abs=1e-4)
    first = rows.first.get_by_role("img").get_attribute("aria-label")
    assert first == " ".join(nano_model.pieces(expected[0].tokens))
    expect(rows.first.locator(".most")).to_have_attribute("title", re.compile(f"^t={expected[0].position}:"))


def test_a_run_with_changes_is_asked_too(page: Page, server: str, nano_model: pellucid.Model) -> None:
    change = "blocks.0.attn.z[h=0]"
    opened(page, f"{server}?cell=logits:5,0&change={change}")
    computes_itself(page)
    panel = unfolded(page)
    expect(panel).to_contain_text("the run with its changes")
    logit = nano_model.trace("CBABBC", interventions=change)["logits"][5, 0]
    expect(panel).to_contain_text(f"The logit of A after position 5 is {logit:.3f}".replace("-", "−"))
    row = panel.locator("li").filter(has_text="block 1: gathered values, h=0,")
    expect(row.locator("data")).to_have_attribute("value", re.compile("^-?0$"))


@pytest.mark.parametrize("change", ["blocks.0.attn.z~scale(0.5)", "blocks.1.mlp.post~add(0.3)", "blocks.0.attn.z[h=0]"])
def test_the_letters_share_of_a_changed_run_is_as_in_python(
    page: Page, server: str, nano_model: pellucid.Model, change: str
) -> None:
    opened(page, f"{server}?cell=logits:5,0&change={change}")
    computes_itself(page)
    panel = unfolded(page)
    panel.get_by_role("button", name="each letter matters").click()
    rows = panel.locator("li data")
    expect(rows).to_have_count(6)
    found = sorted(float(value) for value in rows.evaluate_all("all => all.map((one) => one.value)"))
    expected = pellucid.why.gradient_times_input(nano_model.trace("CBABBC", interventions=change), "A")
    assert found == pytest.approx(sorted(expected.values), abs=1e-4)


def test_a_changed_stream_is_not_taken_apart(page: Page, server: str) -> None:
    opened(page, f"{server}?cell=logits:5,0&change=blocks.0.resid_mid[t=5]")
    computes_itself(page)
    panel = unfolded(page)
    expect(panel).to_contain_text("Numbers of the residual stream itself are changed")
    panel.get_by_role("button", name="What each layer would answer").click()
    expect(panel).to_contain_text("It is A, as in the end, from this layer on: block 2")


def test_the_page_measures_by_itself(page: Page, server: str) -> None:
    """On a site without a server, and where there is one it is not asked."""
    asked: list[str] = []
    opened(page, f"{server}?cell=logits:5,0")
    page.wait_for_load_state("networkidle")
    page.on("request", lambda request: asked.append(request.url))
    panel = unfolded(page)
    for name in ("each part adds", "ways from the letters", "each layer would answer", "each letter matters"):
        panel.get_by_role("button", name=re.compile(name)).click()
        expect(panel.locator("p").first).to_contain_text("position 5")
    assert not [address for address in asked if "/why" in address]


def test_what_is_left_without_each_part_is_a_click_away(page: Page, server: str) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    computes_itself(page)
    sweep = inspector(page).locator("details.sweep")
    sweep.locator("summary").click()
    first = sweep.get_by_role("row", name="block 1, self-attention, head 0")
    expect(first).to_contain_text("363")
    expect(sweep).to_contain_text("729 of 729")
    row = sweep.get_by_role("button", name="block 1, self-attention, head 2")
    row.click()
    expect(row).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => window.pellucid.state.change === 'blocks.0.attn.z[h=2]'")
    expect(page.get_by_text("1 change in this run")).to_be_visible()
    row.click()
    expect(row).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("() => !window.pellucid.state.change")


def test_every_edge_of_the_ways_can_be_opened(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    panel = unfolded(page)
    panel.get_by_role("button", name="The ways from the letters").click()
    expected = why.contributions(nano_model.trace("CBABBC"), "A")
    panel.get_by_text(re.compile("^All [0-9]+ of them")).click()
    edges = panel.locator("ol li")
    expect(edges).to_have_count(len(expected.edges))
    values = [float(value) for value in edges.locator("data").evaluate_all("all => all.map(one => one.value)")]
    assert sorted(values) == pytest.approx(sorted(edge.value for edge in expected.edges), abs=1e-4)
    to_logit = edges.filter(has_text=re.compile("→ logits, t=5 \\(C\\), v=0"))
    summed = [float(value) for value in to_logit.locator("data").evaluate_all("all => all.map(one => one.value)")]
    assert math.fsum(summed) == pytest.approx(expected.value, abs=1e-4)

    panel.get_by_role("button", name="Show the ways on the stage").click()
    ribbons = page.locator(".stage-ways path.hit")
    drawn = [edge for edge in expected.edges if edge.source not in ("biases", "rest")]
    expect(ribbons).to_have_count(len(drawn))
    thickest = max(drawn, key=lambda edge: abs(edge.value))
    ribbons.first.dispatch_event("click")
    chosen = panel.get_by_role("status")
    value = float(chosen.locator("data").get_attribute("value") or "nan")
    assert value == pytest.approx(thickest.value, abs=1e-4)
    assert page.locator(".stage-ways path").first.get_attribute("stroke-width") == "10"
    chosen.get_by_role("button").first.click()
    page.wait_for_function("() => window.pellucid.state.cell?.tensor !== 'logits'")
    expect(ribbons).to_have_count(0)


def test_numbers_of_another_text_are_put_in(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    panel = unfolded(page)
    panel.get_by_role("button", name="What another text would change").click()
    panel.get_by_label("Another text of 6 tokens").fill("ABC")
    expect(panel.get_by_text("Write 6 of them")).to_be_visible()
    panel.get_by_label("Another text of 6 tokens").fill("CBXBBC")
    expect(panel.get_by_text("“X” is not one of this model's letters")).to_be_visible()
    expect(panel.get_by_text("Write 6 of them")).to_have_count(0)
    panel.get_by_label("Another text of 6 tokens").fill("BBCBBC")
    cells = panel.get_by_role("table").locator("td data")
    expected = why.patching(nano_model, "BBCBBC", "CBABBC", "A")
    expect(cells).to_have_count(expected.values.size)
    values = [float(value) for value in cells.evaluate_all("all => all.map(one => one.value)")]
    assert values == pytest.approx(expected.values.ravel().tolist(), abs=1e-4)
    expect(panel).to_contain_text("from the other text, the logit of A after position 5 becomes")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844), (1700, 950)])
def test_maps_and_matrices_have_room(page: Page, server: str, size: tuple[int, int]) -> None:
    """All of a map of patches is seen across, and its choices say which of them is chosen."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    opened(page, f"{server}?cell=logits:5,0")
    panel = unfolded(page)
    choices = panel.get_by_role("group", name="Why this logit?").get_by_role("button")
    expect(choices.and_(page.locator("[aria-pressed=true]"))).to_have_count(1)
    panel.get_by_role("button", name="What another text would change").click()
    panel.get_by_label("Another text of 6 tokens").fill("BBCBBC")
    cells = panel.get_by_role("table").locator("td button")
    expect(cells.first).to_be_visible()
    place = inspector(page).bounding_box()
    assert place
    for cell in cells.all()[:6]:
        box = cell.bounding_box()
        assert box
        assert place["x"] < box["x"]
        assert box["x"] + box["width"] < place["x"] + place["width"]
        assert cell.evaluate("one => one.scrollWidth <= one.clientWidth"), "no number is cut off"
    heads = panel.get_by_role("columnheader")
    expect(heads).to_have_text(["0 C", "1 B", "2 A", "3 B", "4 B", "5 C"])
    panel.locator("summary").first.click()
    patterns = inspector(page).locator("details.patterns")
    patterns.locator("summary").click()
    expect(patterns.locator("summary")).to_be_in_viewport(ratio=1)
    expect(patterns.locator("canvas").first).to_be_in_viewport(ratio=1)


def test_a_model_that_this_browser_alone_has(page: Page, server: str) -> None:
    """Nobody but the page has its weights: it says what a logit comes from, and asks all 729 questions itself."""
    opened(page, f"{server}?text=CBABBC")
    training = page.get_by_role("region", name="Train it here")
    training.get_by_role("button", name="Start training").click()
    # Before its first step a training has nothing to keep.
    expect(training.get_by_role("slider")).to_be_visible()
    training.get_by_role("button", name="Pause").click()
    model = page.get_by_role("button", name=re.compile("^Model:"))
    expect(model).to_have_text(re.compile("^nano, step"))
    page.evaluate("window.pellucid.select('logits', [5, 0])")
    expect(unfolded(page).locator("p").first).to_contain_text("The logit of A after position 5 is")
    training.get_by_label("Name").fill("halfway")
    training.get_by_role("button", name="Keep this model").click()
    training.get_by_role("button", name="Show halfway").click()
    expect(model).to_have_attribute("data-model", re.compile("^kept:"))
    expect(page).to_have_url(re.compile("model=kept:"))
    kept = model.get_attribute("data-model")

    opened_at(page, f"{server}?model={kept}&text=CBABBC&tour=07-transformer:4:1&lang=en")
    widget = page.locator(".widget")
    widget.get_by_role("button", name="Stop").click()
    widget.get_by_role("button", name="Ask them all").click()
    rows = widget.locator("tbody tr")
    expect(rows).to_have_count(18)
    right = [int(text) for text in rows.locator("td.number").all_inner_texts()]
    assert all(0 <= count <= 729 for count in right)
    expect(widget.locator("p").first).to_contain_text("729")
