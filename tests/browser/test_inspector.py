"""The inspector takes a number apart: terms, pictures of what an op does, what was read; to keep and to compare."""

import re
from typing import Any

import pytest
from browser.driving import inspector, opened, select, state
from playwright.sync_api import Locator, Page, expect

from pellucid.run.model import Model

QUERY = ("blocks.0.attn.q", [2, 3, 7])


def values(cells: Locator) -> list[float]:
    return [float(cell.get_attribute("value") or "nan") for cell in cells.all()]


def contributions(panel: Locator) -> Locator:
    return panel.get_by_role("table").locator("data[role=cell]:not(.running)")


def value(panel: Locator) -> float:
    return values(panel.locator("header data"))[0]


def test_terms_add_up_in_order_and_by_size(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC")
    panel = select(page, *QUERY)
    shown = contributions(panel)
    expect(shown.first).to_be_attached()
    in_order = values(shown)
    by_size = panel.get_by_role("button", name="By size")
    by_size.click()
    expect(by_size).to_have_attribute("aria-pressed", "true")
    sizes = [abs(term) for term in values(shown)]
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) >= max(map(abs, in_order))
    terms = nano_model.trace("CBABBC").explain(*QUERY).terms
    assert sum(term.value for term in terms) == pytest.approx(value(panel), rel=1e-4, abs=1e-5)
    assert len(terms) == 49
    chart = panel.get_by_role("img", name=re.compile("Sum so far"))
    expect(chart).to_be_visible()


@pytest.mark.parametrize(
    ("tensor", "index", "part"),
    [
        ("blocks.0.attn.pattern", [1, 4, 2], "softmax"),
        ("blocks.0.ln1.normalized", [3, 5], "column"),
        ("blocks.0.mlp.post", [2, 9], "curve"),
        ("blocks.0.mlp.pre", [2, 9], "distribution"),
    ],
    ids=["softmax: the row before and after", "layer norm: the column", "GELU: its curve", "any: its distribution"],
)
def test_pictures_of_what_an_op_does(page: Page, server: str, tensor: str, index: list[int], part: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    panel = select(page, tensor, index)
    picture = panel.locator(f"[data-part={part}]")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    if part == "softmax":
        shares = panel.locator("[data-part=softmax] .row").nth(1).locator(".slots > *")
        expect(shares).to_have_count(6)
    else:
        expect(picture.get_by_role("img").first).to_be_visible()


def test_a_weight_shows_its_value_and_all_numbers_of_its_tensor(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC")
    tensors = nano_model.graph.tensors.values()
    weight = next(tensor.name for tensor in tensors if tensor.kind == "weight" and len(tensor.axes) == 2)
    panel = select(page, weight, [1, 2])
    assert -10 < value(panel) < 10
    expect(panel.get_by_role("img", name=re.compile("^Histogram of"))).to_be_visible()
    for statistic in ("smallest", "largest", "mean", "deviation", "norm", "near zero"):
        expect(panel.get_by_role("term").filter(has_text=statistic)).to_be_visible()
    expect(panel).to_contain_text("it was learned in training")


def test_a_small_tensor_is_a_matrix_and_a_long_formula_is_whole(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    panel = select(page, "blocks.1.attn.pattern", None)
    matrix = panel.get_by_role("group", name="The numbers: position downwards, position looked at across")
    matrix.scroll_into_view_if_needed()
    here, left, above = (matrix.locator(f"[data-index='0,{cell}']").bounding_box() for cell in ("5,2", "5,1", "4,2"))
    assert here
    assert left
    assert above
    assert (here["y"], here["x"]) == (left["y"], above["x"])
    assert left["x"] < here["x"]
    assert above["y"] < here["y"]
    panel = select(page, "blocks.0.attn.qk", [0, 5, 2])
    formulas = panel.locator(".formula")
    expect(formulas.nth(1).locator("math")).to_be_attached()
    cut = "formulas => formulas.slice(0, 2).filter((one) => one.scrollWidth > one.clientWidth).length"
    assert formulas.evaluate_all(cut) == 0


def test_what_is_shown_can_be_taken_along(page: Page, server: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, f"{server}?text=CBABBC")
    panel = select(page, *QUERY)
    text = copied(page, panel, "Copy as text")
    assert text.startswith("blocks.0.attn.q[h=2, t=3 (B), d=7] = ")
    assert len(re.findall(r"^  ", text, re.MULTILINE)) == 49
    latex = copied(page, panel, "Copy as LaTeX")
    assert latex.startswith("\\begin{aligned}")
    assert latex.count("{") == latex.count("}")


def copied(page: Page, panel: Locator, name: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    button = panel.get_by_role("button", name=name)
    button.click()
    expect(button).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_going_back_and_on_through_what_was_looked_at(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    visited: list[dict[str, Any]] = []
    for tensor, index in [QUERY, ("blocks.0.ln1.normalized", [3, 7]), ("blocks.0.resid_pre", [3, 7])]:
        select(page, tensor, index)
        visited.append({"tensor": tensor, "index": index})
    panel = inspector(page)
    for name, places in [("Back", [1, 0]), ("Forward", [1, 2])]:
        for place in places:
            panel.get_by_role("button", name=name, exact=True).click()
            expect(panel).to_have_attribute("data-tensor", visited[place]["tensor"])
            assert state(page)["cell"] == visited[place]
    expect(panel.get_by_role("button", name="Forward", exact=True)).to_be_disabled()
    page.go_back()
    expect(panel).to_have_attribute("data-tensor", visited[1]["tensor"])


def test_two_cells_are_compared(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    panel = select(page, *QUERY)
    first = value(panel)
    panel.get_by_role("button", name=re.compile("^Pin this cell")).click()
    pinned = panel.locator("[data-part=pinned]")
    expect(pinned).to_contain_text("queries")
    select(page, QUERY[0], [2, 5, 7])
    expect(pinned).to_contain_text("Difference")
    difference = values(pinned.locator("data"))[1]
    assert difference == pytest.approx(value(panel) - first, abs=1e-6)
    expect(panel.get_by_text("Terms, the most different first")).to_be_visible()
    assert state(page)["pin"] == {"tensor": QUERY[0], "index": QUERY[1]}
    pinned.get_by_role("button", name="Unpin").click()
    expect(pinned).to_be_hidden()
