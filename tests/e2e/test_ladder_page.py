"""The first page in a real browser: it moves by itself, survives outages, and fits the screens people have."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from arena.core.ids import new_id
from arena.flow.submit import seat_references
from arena.flow.withdraw import pause
from arena.store import players
from tests.e2e.conftest import Site
from tests.play import enter, order, settle, tell

pytestmark = pytest.mark.e2e

LIVE = "#live[data-state=on]"


def play(site: Site, seats: list[UUID], n: int, game: str = "tic_tac_toe", first: int = 0) -> None:
    for seed in range(first, first + n):
        order(site.engine, game, seats[:: 1 if seed % 2 else -1], seed)
    settle(site.engine, site.redis)


def test_the_ladder_moves_by_itself(site: Site, page: Page) -> None:
    page.goto("/?game=tic_tac_toe")
    page.wait_for_selector(LIVE)
    expect(page.get_by_text("No match has been settled yet")).to_be_visible()
    page.evaluate("window.kept = true")
    seats = enter(site.engine, "ada", "bob")
    play(site, seats, 3)
    row = page.locator('tr[data-player="ada"]')
    expect(row.locator("td.games")).to_have_text("3")
    expect(row.locator(".elo")).to_contain_text("?")
    play(site, seats, 4, first=3)
    expect(row.locator("td.games")).to_have_text("7")
    expect(row).to_have_class(re.compile("changed"))
    expect(page.locator("[data-key=total]")).to_have_text("7")
    expect(page.locator(".recent li")).to_have_count(7)
    assert page.evaluate("window.kept")


def test_a_status_and_another_league_move_by_themselves_too(site: Site, page: Page) -> None:
    seats = enter(site.engine, "ada", "bob")
    order(site.engine, "tic_tac_toe", seats, league="bare")
    settle(site.engine, site.redis)
    page.goto("/?game=tic_tac_toe")
    page.get_by_role("link", name="bare league").click()
    expect(page).to_have_url(re.compile("league=bare"))
    page.wait_for_selector(LIVE)
    page.evaluate("window.kept = true")
    row = page.locator('tr[data-player="ada"]')
    order(site.engine, "tic_tac_toe", seats, league="bare")
    play(site, seats, 3)
    expect(row.locator("td.games")).to_have_text("2")
    with site.engine.begin() as connection:
        pause(connection, "ada")
    tell(site.engine, site.redis)
    expect(row.locator(".life")).to_have_text("paused")
    expect(page.locator(".life")).to_have_count(1)
    assert page.evaluate("window.kept")


def test_a_burst_is_fetched_at_most_once_a_second(site: Site, page: Page) -> None:
    page.goto("/?game=tic_tac_toe")
    page.wait_for_selector(LIVE)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/fragments/" in r.url else None)
    seats = enter(site.engine, "ada", "bob")
    play(site, seats, 150)
    expect(page.locator('tr[data-player="ada"] td.games')).to_have_text("150")
    assert len(asked) <= 4


def test_it_reconnects_and_catches_up(site: Site, page: Page) -> None:
    seats = enter(site.engine, "ada", "bob")
    play(site, seats, 2)
    page.goto("/?game=tic_tac_toe")
    page.wait_for_selector(LIVE)
    site.stop()
    expect(page.locator("#live-word")).to_have_text("reconnecting")
    play(site, seats, 3, first=2)
    site.start()
    page.wait_for_selector(LIVE)
    expect(page.locator('tr[data-player="bob"] td.games')).to_have_text("5")


def test_tabs_are_links_for_the_keyboard(site: Site, page: Page) -> None:
    play(site, enter(site.engine, "ada", "bob"), 1)
    page.goto("/")
    page.get_by_role("link", name="Kuhn poker").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("game=kuhn_poker"))
    expect(page.locator("h1")).to_have_text("Kuhn poker")
    expect(page.locator('.tabs [aria-current="page"]')).to_have_text("Kuhn poker")


def test_a_phone_shows_the_chosen_tab_and_the_way_to_everything(site: Site, browser: Browser) -> None:
    for width in (390, 360):
        with browser.new_context(viewport={"width": width, "height": 844}, base_url=site.url) as context:
            page = context.new_page()
            page.goto("/?game=word_clue")
            page.wait_for_selector(LIVE)
            tab = page.locator(".tabs [aria-current]")
            expect(tab).to_have_text("Word clue")
            expect(tab).to_be_in_viewport(ratio=0.99)
            assert page.evaluate("scrollY") == 0
            page.get_by_role("link", name="Jobs", exact=True).first.click()
            expect(page.locator("h1")).to_have_text("Jobs")
            expect(page.locator(".sites [aria-current]")).to_have_text("Jobs")
            page.get_by_role("link", name="Ladders").click()
            expect(page.locator("h1")).to_have_text("Backgammon")


def test_a_match_is_shown_once_it_is_not_sealed(site: Site, page: Page) -> None:
    a, b = enter(site.engine, "ada", "bob")
    pair = new_id()
    first = order(site.engine, "tic_tac_toe", (a, b), 3, pair=pair)
    order(site.engine, "tic_tac_toe", (b, a), 3, pair=pair)
    settle(site.engine, site.redis, n=1)
    page.goto("/?game=tic_tac_toe")
    page.locator(".recent a").click()
    expect(page).to_have_url(re.compile(str(first)))
    expect(page.get_by_role("heading", name="Sealed")).to_be_visible()
    settle(site.engine, site.redis)
    page.reload()
    expect(page.get_by_role("heading", name="Ply by ply")).to_be_visible()
    assert "a b c" in page.locator(".plies pre").first.inner_text()
    page.get_by_role("link", name="compact").click()
    expect(page.locator(".plies pre").first).to_have_text(re.compile(r"^[.xo]{3}/[.xo]{3}/[.xo]{3} [xo]$"))


def test_nothing_moves_for_those_who_want_no_motion(site: Site, browser: Browser) -> None:
    seats = enter(site.engine, "ada", "bob")
    play(site, seats, 2)
    with browser.new_context(reduced_motion="reduce", base_url=site.url) as context:
        page = context.new_page()
        page.goto("/?game=tic_tac_toe")
        page.wait_for_selector(LIVE)
        play(site, seats, 9, first=2)
        expect(page.locator('tr[data-player="ada"] td.games')).to_have_text("11")
        assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize(
    ("name", "scheme", "width"), [("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 360)]
)
def test_it_fits_every_screen(site: Site, browser: Browser, tmp_path: Path, name: str, scheme: str, width: int) -> None:
    with site.engine.begin() as connection:
        seat_references(connection)
        ids = {v.player: v.id for v in players.versions(connection)}
    play(site, [ids["minimax"], ids["random"]], 30)
    play(site, [ids["mcts-10"], ids["random"]], 30, first=30)
    play(site, enter(site.engine, "n" * 60, "m" * 60), 3, first=60)
    with browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 860}, base_url=site.url,
    ) as context:  # fmt: skip
        page = context.new_page()
        for path in ("/?game=tic_tac_toe", f"/matches/{_last(site)}", "/matches/none"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("[...document.querySelectorAll('.card')].every(e => e.scrollWidth <= e.clientWidth)")
            page.screenshot(path=tmp_path / f"{name}-{path.strip('/?').partition('/')[0]}.png")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness = sum(map(int, re.findall(r"\d+", ground)[:3]))
        assert (brightness < 150) == (scheme == "dark")


def _last(site: Site) -> UUID:
    from arena.store import matches

    with site.engine.connect() as connection:
        return matches.recent(connection, limit=1)[0]["id"]
