"""The health page in a real browser: it says in words what is wrong and what to do, by itself, on every screen."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from arena.flow.submit import seat_references
from arena.store import players
from arena.stream.results import RedisResults
from tests.e2e.conftest import Site
from tests.play import order, settle

pytestmark = pytest.mark.e2e
LIVE = "#live[data-state=on]"
SLOW_MS = 15_000


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-part="{name}"]')


def desk(site: Site) -> None:
    """Ask for reports, as a desk does every second."""
    results = RedisResults(site.redis)
    results.read(1, 1)
    results.read(1, 1)


@contextmanager
def silent(pid: int | None) -> Iterator[None]:
    """A server and its processes, stopped but not dead."""
    assert pid is not None
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in family:
            os.kill(process.pid, signal.SIGCONT)


def test_it_is_found_from_the_ladder(site: Site, page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="How the arena is").click()
    expect(page).to_have_url(re.compile("/health$"))
    expect(page.locator(".part h2")).to_have_text(
        ["PostgreSQL", "Redis", "API", "Desk", "Pool and hosts", "Job runner", "Live feed"]
    )


def test_it_moves_by_itself_from_red_to_green_and_back(site: Site, page: Page) -> None:
    page.goto("/health")
    page.wait_for_selector(LIVE)
    page.evaluate("window.kept = true")
    expect(part(page, "desk").locator(".word")).to_have_text("away")
    expect(part(page, "desk").locator(".todo")).to_contain_text("arena logs desk")
    expect(page.locator(".overall")).to_have_text("Desk: away")
    desk(site)
    expect(part(page, "desk").locator(".word")).to_have_text("well", timeout=SLOW_MS)
    expect(page.locator(".overall")).to_have_text("All is well")
    expect(page.locator("#said")).to_have_text("All is well")
    expect(part(page, "desk").locator(".todo")).to_have_count(0)
    with silent(site.postgres.pid):
        expect(part(page, "postgres").locator(".word")).to_have_text("away", timeout=SLOW_MS)
        expect(part(page, "feed").locator(".word")).to_have_text("waiting")
        expect(part(page, "redis").locator(".word")).to_have_text("well")
    expect(part(page, "postgres").locator(".word")).to_have_text("well", timeout=SLOW_MS)
    assert page.evaluate("window.kept")


def test_it_says_when_the_api_itself_is_away(site: Site, page: Page) -> None:
    page.goto("/health")
    page.wait_for_selector(LIVE)
    site.stop()
    expect(page.locator("#live-word")).to_have_text("no answer", timeout=SLOW_MS)
    expect(page.locator("#health")).to_have_class("stale")
    site.start()
    page.wait_for_selector(LIVE)
    expect(page.locator("#health")).not_to_have_class("stale")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_every_screen(site: Site, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    with site.engine.begin() as connection:
        seat_references(connection)
        ids = {v.player: v.id for v in players.versions(connection)}
    for seed in range(12):
        order(site.engine, "tic_tac_toe", [ids["random"], ids["minimax"]], seed)
    settle(site.engine, site.redis, n=5)
    with browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 860}, base_url=site.url,
    ) as context:  # fmt: skip
        page = context.new_page()
        page.goto("/health")
        page.wait_for_selector(LIVE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"health-{scheme}-{width}.png", full_page=True)
        for word in page.locator(".part .word").all():
            assert word.inner_text().strip()
            assert contrast(word) >= 4.5


def contrast(text: Locator) -> float:
    """WCAG's contrast of a text with the card it stands on."""
    ink, ground = text.evaluate(
        "n => [getComputedStyle(n).color, getComputedStyle(n.closest('.card')).backgroundColor]"
    )
    lights = sorted((light(ink), light(ground)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def light(colour: str) -> float:
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
