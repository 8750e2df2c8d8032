"""The page in notebooks: a real JupyterLab and a real marimo, driven in a real browser without any network."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from browser.driving import faultless
from playwright.sync_api import Browser, ElementHandle, Frame, Page, expect

import pellucid
from pellucid import PellucidError

pytestmark = pytest.mark.usefixtures("anywidget")

WAIT = 120_000
"""Milliseconds after which something will never come."""
FRAME = "iframe[title=Pellucid]"
IS_DARK = "() => matchMedia('(prefers-color-scheme: dark)').matches"
IS_DRAWN_DARK = "() => getComputedStyle(document.documentElement).colorScheme === 'dark'"

CELLS = [
    """
import pellucid
view = pellucid.show('nano', 'CBABBC')
seen = []
view.on_select(seen.append)
view
""",
    "print('picked', view.selection, len(seen), view.run.tokens)",
    """
view.selection = 'blocks.1.attn.pattern[h=0,t=5,s=1]'
view.interventions = 'blocks.1.attn.z[h=0]'
""",
    "print('changed', view.interventions, view.run['probs'][5].argmax())",
    """
second = pellucid.load('nano').trace('ABCABC').show(height=400)
second.selection = 'blocks.0.attn.q[h=2,t=3,d=7]'
second
""",
]


# Without a notebook.


def test_the_application_answers_as_the_server_does(nano_model: pellucid.Model) -> None:
    view = pellucid.show(nano_model, "CBABBC")
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))
    for number, path in enumerate(
        [
            "api/models/sort",
            "api/models/sort/explain?tokens=2,1,0&tensor=logits&index=1,2",
            "api/models/other",
            "page.js",
        ]
    ):
        view._answer(view, {"id": number, "path": path}, [])
    told, buffers = zip(*sent, strict=True)
    assert [one["status"] for one in told] == [200, 200, 404, 200]
    assert [one["id"] for one in told] == [0, 1, 2, 3]
    assert json.loads(buffers[0][0])["graph"]["outputs"]["logits"] == "logits"
    expected = nano_model.trace([2, 1, 0]).explain("logits[1,2]").value
    assert json.loads(buffers[1][0])["value"] == pytest.approx(expected)
    assert json.loads(buffers[2][0])["error"]["code"] == "unknown-model"
    assert b"pellucidHost" in buffers[3][0]


def test_what_is_shown_may_be_a_run_a_name_or_a_gpt2_of_transformers(
    nano_model: pellucid.Model, transformers: ModuleType, torch: ModuleType
) -> None:
    run = nano_model.trace("ABC", interventions="blocks.0.attn.z[h=1]")
    view = run.show()
    assert view.run == run
    assert view.interventions == "blocks.0.attn.z[h=1]"
    assert view.selection is None
    assert pellucid.show("nano").tokens == [2, 1, 0, 1, 1, 2]
    torch.manual_seed(0)
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=11, n_positions=9, n_embd=12, n_layer=2, n_head=3)
    ).eval()
    assert len(pellucid.show(theirs).tokens) == 6, "a model without letters has an example as well"
    view = pellucid.show(theirs, [3, 1, 4, 1, 5])
    assert view.tokens == pellucid.show(theirs, "3,1,4,1,5").tokens, "as on the command line"
    with torch.no_grad():
        logits = theirs(torch.tensor([[3, 1, 4, 1, 5]])).logits[0].numpy()
    np.testing.assert_allclose(view.run["logits"], logits, atol=1e-5)


def test_a_gpt2_of_transformers_has_a_name_and_shows_no_bar(
    transformers: ModuleType, torch: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = transformers.GPT2Config(vocab_size=11, n_positions=9, n_embd=12, n_layer=2, n_head=3)
    theirs = transformers.GPT2LMHeadModel(config)
    assert repr(pellucid.show(theirs, "5,0,2,7")) == "View of gpt2 for 5,0,2,7"
    assert repr(pellucid.show(theirs, [5, 0], name="class 7b")) == "View of class 7b for 5,0"
    assert capfd.readouterr().err == ""
    theirs.save_pretrained(tmp_path / "my-gpt2")
    loaded = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "my-gpt2")
    assert pellucid.show(loaded).model.name == "my-gpt2"
    assert transformers.utils.logging.is_progress_bar_enabled(), "those of others are shown as before"
    with pytest.raises(PellucidError, match="name is 'mine': it must be text, and only for a GPT-2 of transformers"):
        pellucid.show("nano", name="mine")


def test_as_text_a_view_says_what_it_shows(nano_model: pellucid.Model) -> None:
    view = pellucid.show(nano_model, "CBABBC")
    assert repr(view) == f"View of {nano_model.name} for CBABBC"
    bundle, _ = view._repr_mimebundle_() or ({}, {})
    assert bundle["text/plain"] == repr(view)
    view.set_trait("_place", "?tokens=x")
    assert repr(view) == f"View of {nano_model.name}"


def test_what_is_set_holds_before_the_page_has_done_it(nano_model: pellucid.Model) -> None:
    view = pellucid.show(nano_model, "ABC")
    view.selection = "logits[t=2,v=0]"
    view.interventions = "blocks.0.attn.z[h=1]"
    assert (str(view.selection), view.interventions) == ("logits[t=2,v=0]", "blocks.0.attn.z[h=1]")
    assert view.run == nano_model.trace("ABC", interventions="blocks.0.attn.z[h=1]")
    # The page, which comes late, is wanted both; then the reader goes on there.
    assert view._wanted == {"cell": {"tensor": "logits", "index": [2, 0]}, "change": "blocks.0.attn.z[h=1]"}
    view.set_trait("_place", "?tokens=0,1,2&cell=logits[1,1]")
    assert str(view.selection) == "logits[t=2,v=0]", "the page has not done it yet"
    view.set_trait("_obeyed", view._times)
    assert (str(view.selection), view.interventions) == ("logits[t=1,v=1]", "")
    view.selection = None
    assert view._wanted == {"cell": None}
    assert view.selection is None
    # Whatever the page says that it has done, what is set afterwards is wanted of it.
    view.set_trait("_obeyed", view._times + 5)
    view.selection = "logits[t=0,v=0]"
    assert str(view.selection) == "logits[t=0,v=0]"
    assert view._obeyed < view._times


def test_what_is_chosen_of_another_model_is_nobodys_selection(nano_model: pellucid.Model) -> None:
    """The page shows sizes that have no weights, too."""
    view, heard = pellucid.show(nano_model, "ABC"), list[pellucid.Cells | None]()
    view.on_select(heard.append)
    view.set_trait("_place", "?model=gpt3&cell=blocks.50.attn.q[h=7,t=0,d=0]")
    view.set_trait("_place", "?tokens=0,1,2&cell=logits[1,1]")
    assert [str(chosen) for chosen in heard] == ["logits[t=1,v=1]"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        None,
        [1],
        {"id": 1},
        {"id": 1, "path": 5},
        *({"id": 1, "path": f"{bad}"} for bad in ("http://[bad", "a\ud800")),
    ],
)
def test_whatever_is_asked_is_answered(nano_model: pellucid.Model, asked: Any) -> None:
    view = pellucid.show(nano_model, "CBABBC")
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))
    view._answer(view, asked, [])
    ((told, buffers),) = sent
    assert told["id"] == (asked.get("id") if isinstance(asked, dict) else None)
    assert told["status"] == 400
    assert json.loads(buffers[0])["error"]["message"].startswith("path is ")


def test_an_address_that_says_no_text_shows_the_example(nano_model: pellucid.Model) -> None:
    view = pellucid.show(nano_model, "ABC")
    for place in ("?view=explore", "?tokens="):
        view.set_trait("_place", place)
        assert view.tokens == [2, 1, 0, 1, 1, 2]
        assert view.run.tokens == (2, 1, 0, 1, 1, 2)
        assert "<svg" in view.still()
    for place in ("?tokens=1,x", f"?tokens={'1' * 5000}"):
        view.set_trait("_place", place)
        with pytest.raises(PellucidError, match="must be numbers with commas between"):
            view.still()
    view.set_trait("_place", "?tokens=7")
    with pytest.raises(PellucidError, match="There is no token 7"):
        _ = view.run


def test_what_cannot_be_shown_or_chosen_is_said(nano_model: pellucid.Model) -> None:
    with pytest.raises(PellucidError, match="model is 5: it must be a model, a run"):
        pellucid.show(5)
    with pytest.raises(PellucidError, match="D"):
        pellucid.show(nano_model, "ABD")
    view = pellucid.show(nano_model, "ABC")
    with pytest.raises(PellucidError, match="t=3 is outside logits"):
        view.selection = "logits[t=3,v=0]"
    with pytest.raises(PellucidError, match="has no tensor named 'nothing'"):
        view.interventions = "nothing"
    with pytest.raises(PellucidError, match="selection is 7: it must be cells such as"):
        view.selection = 7  # type: ignore[assignment]
    for height in ("640", None, 1.5, True, 0, -5, 10**9):
        with pytest.raises(PellucidError, match=r"height is .*: it must be a whole number of pixels"):
            pellucid.show(nano_model, "ABC", height=height)  # type: ignore[arg-type]


def half_a_head(model: Any) -> None:
    model.transformer.h[0].mlp.register_forward_hook(lambda module, given, out: out * 0)


def another_norm(model: Any) -> None:
    model.transformer.ln_f.eps = 0.5


@pytest.mark.parametrize("change", [half_a_head, another_norm])
def test_a_gpt2_of_transformers_that_computes_something_else_is_refused(
    transformers: ModuleType, change: Callable[[Any], None]
) -> None:
    """Weights and settings alone would give other numbers than the model's own program."""
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=37))
    change(model)
    with pytest.raises(PellucidError, match=r"computes other numbers than its weights and its config say \(logits"):
        pellucid.show(model, [1, 2, 3])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_a_gpt2_of_transformers_is_left_as_it_is(transformers: ModuleType, torch: ModuleType, dtype: str) -> None:
    """What is half in training stays so, and rounding is no other model."""
    config = transformers.GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=37)
    for kind in (transformers.GPT2LMHeadModel, transformers.GPT2Model):
        model = kind(config).to(getattr(torch, dtype)).train()
        model.base_model.h[0].eval()
        before = [module.training for module in model.modules()]
        pellucid.show(model, [1, 2, 3])
        assert [module.training for module in model.modules()] == before


def test_a_gpt2_whose_weights_overflow_is_shown(transformers: ModuleType) -> None:
    """Its own program comes to no numbers either."""
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=37))
    model.transformer.h[0].mlp.c_fc.weight.data[:] = 3e38
    assert np.isnan(pellucid.show(model, [1, 2, 3]).run["logits"]).any()


def test_a_gpt2_of_transformers_that_cannot_be_saved_is_refused(transformers: ModuleType) -> None:
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=37))
    with pytest.raises(PellucidError, match=r"its own save_pretrained fails \(NotImplementedError: .*meta"):
        pellucid.show(model.to("meta"), [1, 2, 3])


IN_A_COPY = """
import pellucid
try:
    pellucid.show("nano")
except pellucid.PellucidError as error:
    print(error.code, error, sep=": ")
"""


def test_that_the_page_has_not_been_built_is_said_in_a_sentence(tmp_path: Path) -> None:
    package = Path(pellucid.__file__).parent
    shutil.copytree(package, tmp_path / "pellucid", ignore=shutil.ignore_patterns("page", "bundle", "__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", IN_A_COPY],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert re.fullmatch(r"page-not-built: The page has not been built: run `make run` .*\.\n", done.stdout)


# In notebooks.


@contextmanager
def notebook_server(command: list[str], folder: Path, log: Path) -> Iterator[str]:
    """The address of a server that runs in the folder; `PORT` stands for its port in the command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    arguments = [part.replace("PORT", str(port)) for part in command]
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            stdout=written,
            stderr=written,
            env={**os.environ, **settings},
        ) as process,
    ):
        try:
            wait_for(f"http://localhost:{port}/", process, log)
            yield f"http://localhost:{port}/"
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


@contextmanager
def unplugged(browser: Browser) -> Iterator[Page]:
    """A page of a browser that reaches nothing but this machine."""
    # As the browser has it: a scheme that is made up for tests would be that of the frames too, whatever they say.
    size = {"width": 1280, "height": 900}
    with faultless(browser, lambda text: "pellucid" in text.lower(), viewport=size, color_scheme="null") as page:

        def only_here(route: Any) -> None:
            if urlsplit(route.request.url).hostname in ("localhost", "127.0.0.1", None):  # None: a file, or a blob
                route.continue_()
            else:
                route.abort()

        page.route("**/*", only_here)
        yield page


def started(element: ElementHandle | None) -> Frame:
    """The page in a view's frame, once it has drawn real values."""
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_function("() => window.pellucid", timeout=WAIT)
    frame.evaluate("() => window.pellucid.ready")
    return frame


def choose_kernel(page: Page) -> None:
    """JupyterLab asks for a kernel where it has opened a notebook before it knew which ones there are."""
    dialog = page.locator(".jp-Dialog")
    if dialog.count():
        assert "Select Kernel" in dialog.inner_text()
        dialog.locator("select").select_option(label="Python 3 (ipykernel)")
        dialog.locator(".jp-mod-accept").click()
        dialog.wait_for(state="detached")


def run_cell(page: Page, number: int) -> None:
    """Run a cell; once more where the notebook was not listening yet."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    for _ in range(10):
        choose_kernel(page)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            expect(cell.locator(".jp-InputPrompt")).not_to_have_text("[ ]:", timeout=5_000)
            return
        except AssertionError:
            continue
    raise AssertionError(f"cell {number} does not run")


def printed(page: Page, words: str) -> str:
    return page.locator(f".jp-OutputArea-output pre:has-text('{words}')").inner_text(timeout=WAIT)


def test_a_view_in_jupyterlab_and_python_tell_each_other_what_is_chosen(
    browser: Browser, tmp_path: Path, jupyterlab: ModuleType
) -> None:
    notebook = {
        "cells": [
            {"cell_type": "code", "id": f"cell-{number}", "execution_count": None, "metadata": {}, "outputs": []}
            | {"source": source.strip()}
            for number, source in enumerate(CELLS)
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = tmp_path / "demo.ipynb"
    path.write_text(json.dumps(notebook))
    settings = tmp_path / "jupyter_config_dir" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": "JupyterLab Dark"}))
    command = ["jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=PORT", "--IdentityProvider.token="]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with notebook_server(command, tmp_path, tmp_path / "log.txt") as address, unplugged(browser) as page:
        page.goto(f"{address}lab/tree/demo.ipynb")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=WAIT)
        idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
        idle.or_(page.locator(".jp-Dialog")).first.wait_for(timeout=WAIT)
        choose_kernel(page)
        idle.wait_for(timeout=WAIT)
        run_cell(page, 0)
        frame = started(page.wait_for_selector(FRAME, timeout=WAIT))
        assert frame.evaluate("() => window.pellucid.local"), "the page computes for itself"
        assert frame.evaluate(IS_DARK), "the view follows the theme of the notebook, not that of the system"
        frame.evaluate("() => window.pellucid.select('blocks.0.attn.q', [2, 3, 7])")
        frame.wait_for_function("() => window.pellucid.state.cell !== null")
        run_cell(page, 1)
        assert printed(page, "picked") == "picked blocks.0.attn.q[h=2,t=3,d=7] 1 (2, 1, 0, 1, 1, 2)\n"
        run_cell(page, 2)
        frame.wait_for_function("() => window.pellucid.state.change === 'blocks.1.attn.z[h=0]'", timeout=WAIT)
        assert frame.evaluate("() => window.pellucid.state.cell.tensor") == "blocks.1.attn.pattern"
        run_cell(page, 3)
        assert printed(page, "changed") == "changed blocks.1.attn.z[h=0] 0\n"
        run_cell(page, 4)
        page.wait_for_function(f"() => document.querySelectorAll('{FRAME}').length === 2", timeout=WAIT)
        second = started(page.locator(FRAME).nth(1).element_handle())
        assert second.evaluate("() => [window.innerHeight, window.pellucid.state.text]") == [400, "ABCABC"]
        # What is set before the page has begun holds too, as where all cells are run at once.
        second.wait_for_function("() => window.pellucid.state.cell?.tensor === 'blocks.0.attn.q'", timeout=WAIT)
        assert frame.evaluate("() => window.pellucid.state.text") == "CBABBC"
        assert not page.locator("[data-pellucid-still]").first.is_visible(), "a living view needs no still picture"
        assert page.evaluate("() => document.activeElement?.tagName") != "IFRAME", "a view takes no key of the notebook"
        saved_until(page, path, "data-pellucid-still")
    exported = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", path.name], cwd=tmp_path, capture_output=True, text=True
    )
    assert exported.returncode == 0, exported.stderr
    with unplugged(browser) as page:
        page.goto((tmp_path / "demo.html").as_uri())
        still = page.locator("[data-pellucid-still]").first
        still.wait_for(timeout=WAIT)
        assert still.locator("svg").bounding_box()["height"] > 100  # type: ignore[index]
        assert "attention pattern" in still.inner_html()


def saved_until(page: Page, path: Path, words: str) -> None:
    """Save until nothing is left to save and the notebook's file has these words, however slow the machine is: what
    never comes, pytest ends. A still picture that arrives while the notebook is saved is something new to save."""
    while page.locator(".jp-mod-dirty").count() or words not in path.read_text():
        page.keyboard.press("Control+s")
        page.wait_for_timeout(200)


@contextmanager
def in_marimo(browser: Browser, folder: Path, program: str) -> Iterator[tuple[Page, Frame]]:
    """What a reader of a notebook run by marimo sees, and the frame of the view in it."""
    (folder / "demo.py").write_text(program)
    command = ["marimo", "run", "demo.py", "--headless", "--no-token", "--port", "PORT"]
    with notebook_server(command, folder, folder / "log.txt") as address, unplugged(browser) as page:
        page.goto(address)
        yield page, started(page.wait_for_selector(FRAME, timeout=WAIT))


MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import pellucid

    view = pellucid.show("nano", "CBABBC")
    view
    return (view,)
"""


REACTIVE = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import pellucid

    view = pellucid.show("nano", "CBABBC")
    seen = mo.ui.anywidget(view)
    seen
    return mo, seen, view


@app.cell
def _(mo, seen, view):
    seen.value
    mo.md(f"chosen: {view.selection}")
"""


def test_a_selection_drives_another_cell_of_marimo(browser: Browser, tmp_path: Path, marimo: ModuleType) -> None:
    """As docs/tutorials/notebook.md says."""
    with in_marimo(browser, tmp_path, REACTIVE) as (page, frame):
        page.get_by_text("chosen: None").wait_for(timeout=WAIT)
        frame.evaluate("() => window.pellucid.select('probs', [5, 0])")
        page.get_by_text("chosen: probs[t=5,v=0]").wait_for(timeout=WAIT)


def test_a_view_in_marimo_shows_the_page(browser: Browser, tmp_path: Path, marimo: ModuleType) -> None:
    with in_marimo(browser, tmp_path, MARIMO) as (page, frame):
        assert frame.evaluate("() => window.pellucid.local")
        assert not frame.evaluate(IS_DARK)
        # As marimo does where its reader turns to the dark theme.
        page.evaluate("() => { document.body.classList.add('dark', 'dark-theme'); document.body.style.color = '#eee' }")
        frame.wait_for_function(IS_DARK, timeout=WAIT)
        # Where every frame has the system's theme, whatever colour scheme it is given.
        page.emulate_media(color_scheme="light")
        assert not frame.evaluate(IS_DARK)
        frame.wait_for_function(IS_DRAWN_DARK, timeout=WAIT)
        page.evaluate(
            "() => { document.body.classList.remove('dark', 'dark-theme'); document.body.style.color = '#111' }"
        )
        page.emulate_media(color_scheme="dark")
        assert frame.evaluate(IS_DARK)
        frame.wait_for_function(f"() => !({IS_DRAWN_DARK})()", timeout=WAIT)
        frame.evaluate("() => window.pellucid.select('probs', [5, 0])")
        frame.locator("[data-tensor=probs]").wait_for(timeout=WAIT)
