"""Big towers: models of any size, told with names, shapes and parameter counts, and with no numbers made up."""

import itertools
import re

import pytest
from browser.driving import at_rest, choose, faultless, inspector, opened, opened_at, place_of, state, stats
from playwright.sync_api import Browser, Page, Route, expect

from pellucid.models import preset

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
    tensors = preset("gpt3").graph().describe()["tensors"]
    weight = next(one for one in tensors if one["kind"] == "weight" and one["group"] == "blocks.95.mlp")
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


NAMES = """() => [...document.querySelectorAll('.stage-label.shown')].map((label) => {
  const { left, top, right, bottom } = label.getBoundingClientRect()
  return { kind: label.className, name: label.dataset.name, text: label.textContent, box: [left, top, right, bottom] }
})"""


def stand_together(page: Page) -> None:
    page.wait_for_function("() => document.querySelectorAll('.stage-label.tower.shown').length === 4", timeout=120_000)
    at_rest(page)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_models_side_by_side_are_named_once_each_and_no_name_covers_another(
    browser: Browser, server: str, size: tuple[int, int]
) -> None:
    with faultless(browser, viewport={"width": size[0], "height": size[1]}) as page:
        opened(page, f"{server}?beside=gpt2,gpt2-xl,gpt3")
        stand_together(page)
        names = page.evaluate(NAMES)
        towers = [name for name in names if "tower" in name["kind"]]
        assert sorted(tower["name"] for tower in towers) == ["gpt2-xl/", "gpt2/", "gpt3/", "nano/"]
        assert {"gpt2-xl1,557,611,200", "gpt3174,604,259,328"} <= {tower["text"] for tower in towers}
        order = sorted(towers, key=lambda tower: float(tower["box"][0]))
        assert [tower["name"] for tower in order] == ["nano/", "gpt2/", "gpt2-xl/", "gpt3/"]
        # GPT-3's six columns are named, however narrow they are.
        columns = [name for name in names if " column" in name["kind"] and name["name"].startswith("gpt3/")]
        assert len(columns) == 6
        for one, other in itertools.combinations([name["box"] for name in names], 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def test_the_flight_goes_from_one_number_out_to_gpt3_whole_and_any_input_ends_it(page: Page, server: str) -> None:
    opened(page, server)
    count = page.locator(".outward .number")
    page.keyboard.press("g")
    expect(count).to_have_text("1", timeout=60_000)
    expect(page.locator(".outward")).to_have_attribute("data-passed", "2", timeout=120_000)
    seen = [int(text.replace(",", "")) for text in (count.inner_text() for _ in range(8))]
    assert seen == sorted(seen)
    assert seen[0] >= 85_728
    expect(count).to_have_text(PARAMETERS["gpt3"], timeout=120_000)
    stand_together(page)
    assert state(page)["beside"] == ["gpt2", "gpt2-xl", "gpt3"]
    page.keyboard.press("Escape")
    expect(count).to_have_count(0)
    stand_together(page)
    # Once more, and away from it at once: all models are seen.
    page.keyboard.press("g")
    expect(count).to_be_visible(timeout=60_000)
    page.keyboard.press("Shift")
    expect(count).to_have_count(0)
    stand_together(page)


@pytest.mark.asks_host("what the browser keeps is never on its way")
def test_a_model_stands_upright_until_those_it_is_compared_with_have_come(page: Page, server: str) -> None:
    described = re.compile(r"/models/(gpt3|[1-9]\d*/description)")  # a folder without a server has numbers for them
    held: list[Route] = []
    page.route(described, lambda route: held.append(route))
    opened_at(page, f"{server}?text=CBABBC&tour=00-overview:7:1")
    at_rest(page)
    assert held
    assert state(page)["camera"] is None or state(page)["camera"]["elevation"] < 20
    for route in held:
        route.continue_()
    page.unroute(described)
    expect(page.locator(".stage-label.tower.shown")).to_have_count(3)
