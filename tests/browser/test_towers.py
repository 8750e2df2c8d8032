"""Big towers: models of any size, told with names, shapes and parameter counts, and with no numbers made up."""

import re

from browser.driving import at_rest, choose, inspector, opened, place_of, state, stats
from playwright.sync_api import Page, expect

PARAMETERS = {"gpt2-xl": "1,557,611,200", "gpt3": "174,604,259,328"}


def test_models_without_weights_are_told_with_their_sizes(page: Page, server: str) -> None:
    opened(page, server)
    page.get_by_role("button", name=re.compile("Choose another$")).click()
    for model, parameters in PARAMETERS.items():
        entry = page.locator("#models").get_by_role("listitem").filter(has=page.get_by_text(model, exact=True))
        expect(entry).to_contain_text(parameters)
        expect(entry).to_contain_text("no weights loaded")
    page.keyboard.press("Escape")
    for model, parameters in PARAMETERS.items():
        choose(page, model)
        assert state(page)["model"] == model
        expect(page.get_by_role("main")).to_contain_text(parameters)
        expect(page.get_by_role("main")).to_contain_text("No weights are loaded")
        label = page.locator(".stage-label.tower.shown")
        expect(label).to_have_count(1)
        expect(label).to_contain_text(parameters)
        expect(label).to_contain_text("no weights loaded")


def test_a_tensor_of_gpt3_tells_its_name_shape_and_parameters(page: Page, server: str) -> None:
    opened(page, f"{server}?model=gpt3")
    at_rest(page)
    assert stats(page)["labels"] >= 1
    weight = page.evaluate(
        """() => fetch('/api/models/gpt3').then((answer) => answer.json()).then(({ graph }) =>
             graph.tensors.find(({ kind, group }) => kind === 'weight' && group === 'blocks.95.mlp'))"""
    )
    page.evaluate("name => window.pellucid.goto(name)", weight["name"])
    panel = inspector(page)
    expect(panel).to_contain_text("No weights are loaded for this model: there are shapes, but no numbers.")
    expect(panel.get_by_role("definition").filter(has_text="603,979,776")).to_be_visible()
    expect(panel.get_by_role("definition").filter(has_text="49,152")).to_be_visible()
    at_rest(page)
    place = place_of(page, weight["name"], [size // 2 for size in weight["shape"]])
    page.mouse.move(place["x"], place["y"])
    read = page.get_by_role("tooltip")
    expect(read).to_contain_text(weight["name"])
    expect(read).to_contain_text("603,979,776 parameters")


def test_the_reader_comes_back_to_where_a_model_was_left(page: Page, server: str) -> None:
    opened(page, f"{server}?text=BACCAB&step=2")
    choose(page, "gpt2-xl")
    choose(page, "nano")
    assert state(page)["text"] == "BACCAB"
    assert state(page)["step"] == 2
    page.go_back()
    page.wait_for_function("() => window.pellucid.state.model === 'gpt2-xl'")
