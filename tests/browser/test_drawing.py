"""What drawing costs: draw calls, calls of functions, blocking, memory; and nothing at all while nothing changes."""

from browser.driving import answered, at_rest, calls_in_a_frame, choose, longest_task, opened, slowness, stats
from playwright.sync_api import CDPSession, Page

BACKGROUND_SECONDS = 2


def test_nothing_is_drawn_while_nothing_changes(page: Page, server: str) -> None:
    opened(page, server)

    def drawn() -> float:
        frames = at_rest(page)
        page.wait_for_timeout(1000 * BACKGROUND_SECONDS)
        return stats(page)["frames"] - frames

    # On a busy machine a part of the page may still come late, and be drawn; what never rests is drawn each time.
    assert 0 in (drawn() for _ in range(3))


def test_turning_the_model_is_cheap(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    at_rest(page)
    assert 0 < stats(page)["drawCalls"] <= 60
    assert calls_in_a_frame(page, moves=30) < 35_000
    assert stats(page)["drawCalls"] <= 60


def test_choosing_and_turning_gpt3_is_cheap_and_never_blocks_for_long(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    at_rest(page)

    def longest_block() -> float:
        choose(page, "nano")
        return longest_task(page, lambda: choose(page, "gpt3")) / slowness(page)

    # The processor's caches may be those of other programs at the moment.
    assert any(longest_block() < 100 for _ in range(3))
    assert 0 < stats(page)["drawCalls"] <= 150
    assert calls_in_a_frame(page, moves=20) < 140_000
    assert stats(page)["drawCalls"] <= 150


def test_turning_a_huge_matrix_from_near_is_cheap(page: Page, server: str, served: str) -> None:
    """Of its 49,152 columns few are in view, and in the parallel view none is behind the eye."""
    opened(page, f"{server}?model=gpt3&text=CBABBC")
    at_rest(page)
    page.evaluate(
        """([tensor, { boxes }]) => {
          const { min, size } = boxes.find((box) => box.tensor === tensor)
          const target = [min[0] + size[0] / 2, min[1] + size[1] / 2, min[2] + size[2]]
          window.pellucid.state = {camera: {target, distance: 60, azimuth: 14, elevation: 7, parallel: true}}
        }""",
        ["blocks.5.mlp.W_in", answered(f"{served}api/models/gpt3")["scene"]],
    )
    at_rest(page)
    assert calls_in_a_frame(page, moves=20) < 210_000


def test_memory_is_given_back_by_models_that_are_left(page: Page, server: str, served: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    at_rest(page)
    session = page.context.new_cdp_session(page)
    # What is compiled and kept when a model is changed for the first time is no model's memory.
    choose(page, "gpt2")
    choose(page, "nano")
    before = memory(session)
    for model in (entry["id"] for entry in answered(f"{served}api/models")["models"]):
        choose(page, model)
    choose(page, "nano")
    assert memory(session) < 1.1 * before


def memory(session: CDPSession) -> int:
    """Of the page's JavaScript and of what it has allocated, in bytes, without what is garbage."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    return int(usage["usedSize"] + usage["embedderHeapUsedSize"] + usage["backingStorageSize"])
