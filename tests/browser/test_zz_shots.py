
import re, json, time
import pytest
from browser.driving import inspector, opened
from playwright.sync_api import Browser, Page, expect
from browser.test_learning import section

OUT = "/tmp/why-bench/shots"

def at(browser, dark=False, width=1280, height=800):
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="ja" if dark else "en")

@pytest.mark.parametrize("dark", [False, True])
def test_shots(browser: Browser, server: str, dark: bool) -> None:
    page = at(browser, dark, 390 if dark else 1280, 844 if dark else 800)
    page.on("console", lambda m: print(m.type, m.text))
    page.on("pageerror", lambda e: print("ERR", e))
    page.add_init_script("localStorage.setItem('pellucid.opened','true')")
    page.goto(f"{server}?view=explore&text=CBABBC&cell=logits:5,0")
    page.wait_for_function("() => window.pellucid && document.querySelector('details.why')", timeout=90000)
    tag = "ja" if dark else "en"
    panel = page.locator("details.why")
    panel.locator("summary").click()
    buttons = panel.locator(".ways button")
    print(buttons.all_inner_texts())
    for n, name in enumerate(["parts", "ways", "layers", "letters", "patches"]):
        buttons.nth(n).click()
        if name == "patches":
            panel.locator("input").fill("ABCABC")
        panel.locator("li, table").first.wait_for(timeout=60000)
        page.wait_for_timeout(700)
        panel.scroll_into_view_if_needed()
        panel.evaluate("one => one.scrollIntoView()")
        page.wait_for_timeout(300)
        page.screenshot(path=f"{OUT}/why-{name}-{tag}.png")
        print(panel.locator("p").first.inner_text())
