"""The page of a player in a real browser: found by its name, moving by itself, on the screens people have."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from arena.flow.submit import Submission, submit
from arena.flow.withdraw import pause
from arena.store import players
from tests.e2e.conftest import Site
from tests.e2e.test_health_page import contrast
from tests.play import enter, order, settle, tell

pytestmark = pytest.mark.e2e

LIVE = "#live[data-state=on]"


def test_it_is_found_by_name_and_moves_by_itself(site: Site, page: Page) -> None:
    ada, bob = enter(site.engine, "ada", "bob")
    order(site.engine, "tic_tac_toe", (ada, bob))
    settle(site.engine, site.redis)
    page.goto("/?game=tic_tac_toe")
    page.get_by_role("link", name="ada", exact=True).click()
    expect(page).to_have_url(re.compile("/players/ada$"))
    page.wait_for_selector(LIVE)
    page.evaluate("window.kept = true")
    expect(page.locator(".recent li")).to_have_count(1)
    order(site.engine, "kuhn_poker", (ada, bob))
    settle(site.engine, site.redis)
    expect(page.locator(".recent li")).to_have_count(2)
    expect(page.locator(".stands tbody tr")).to_have_count(2)
    with site.engine.begin() as connection:
        pause(connection, "ada", "My laptop <b>sleeps</b>.")
    tell(site.engine, site.redis)
    expect(page.locator(".history")).to_contain_text("My laptop <b>sleeps</b>.")
    expect(page.locator(".stands .life")).to_have_text(["paused", "paused"])
    assert page.evaluate("window.kept")
    page.locator(".recent a").first.click()
    page.locator(".versus").get_by_role("link", name="bob").click()
    expect(page.locator("h1")).to_have_text("bob")


def test_what_does_not_concern_it_is_not_fetched(site: Site, page: Page) -> None:
    ada, bob, _ = enter(site.engine, "ada", "bob", "cyd")
    tell(site.engine, site.redis)
    page.goto("/players/cyd")
    page.wait_for_selector(LIVE)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/fragments/" in r.url else None)
    order(site.engine, "tic_tac_toe", (ada, bob))
    settle(site.engine, site.redis)
    with site.engine.begin() as connection:
        pause(connection, "cyd")
    tell(site.engine, site.redis)
    expect(page.locator(".job-state")).to_have_text("paused")
    assert len(asked) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_it_fits_every_screen(site: Site, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    long, other = enter(site.engine, "n" * 60, "m" * 60)
    for seed, game in enumerate(("tic_tac_toe", "twenty_questions", "kuhn_poker")):
        order(site.engine, game, (long, other), seed, league="bare" if seed else "open")
    settle(site.engine, site.redis)
    with site.engine.begin() as connection:
        submit(connection, players.owner(connection, f"owner of {'n' * 60}"), Submission("n" * 60, "greedy"))
        pause(connection, "n" * 60, "w" * 200)
    with browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 860}, base_url=site.url,
    ) as context:  # fmt: skip
        page = context.new_page()
        page.goto(f"/players/{'n' * 60}")
        page.wait_for_selector(LIVE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.querySelectorAll('.card')].every(e => e.scrollWidth <= e.clientWidth)")
        page.screenshot(path=tmp_path / f"player-{scheme}-{width}.png", full_page=True)
        for word in page.locator(".card .job-state, .card .life, .card .how").all():
            assert contrast(word) >= 4.5
