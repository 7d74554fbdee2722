"""The page of a match in a real browser: what each seat said, whatever it was, and a match that is still to come."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from arena.core.agents import Answer, Reply, Turn
from arena.core.ids import new_id
from arena.core.wire import Said
from arena.store import outbox, queue
from tests.e2e.conftest import Site
from tests.e2e.test_health_page import contrast
from tests.play import enter, order, settle, tell
from tests.tables import Scripted

pytestmark = pytest.mark.e2e

LIVE = "#live[data-state=on]"
SCRIPT = "<script>document.title = 'stolen'</script><img src=x onerror=\"document.title = 'stolen'\">"
TURNED = "\u202egnp.\x1b[2J\x00"
LONG = "I think. " * 12_000
SAID = [
    ("z9", SCRIPT), ("Z9", TURNED), ("", LONG), (None, f"<b>{'m' * 300}</b>\n\nSo I play it."), (None, "The corner."),
]  # fmt: skip


def talker() -> Callable[[Turn], Answer]:
    """Says what strangers might; without an action it plays the first legal one."""
    script: Iterator[tuple[str | None, str]] = iter(SAID)

    def act(turn: Turn) -> Answer:
        action, raw = next(script, (None, ""))
        return Reply(turn.legal[0] if action is None else action, Said(raw, 1200, 34))

    return act


def talked(site: Site, first: str = "talker", second: str = "plain") -> UUID:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, first, second))
    settle(site.engine, site.redis, agents=lambda _: [Scripted(talker()), Scripted(lambda turn: turn.legal[0])])
    return match_id


def test_what_was_said_stands_beside_each_move_and_runs_nowhere(site: Site, page: Page) -> None:
    page.goto(f"/matches/{talked(site)}")
    first = page.locator(".plies tbody tr").first.locator(".reply")
    expect(first).to_have_count(4)
    expect(first.nth(0).locator("pre")).to_have_text(SCRIPT)
    expect(first.nth(0).locator(".rejected")).to_have_text(
        re.compile(r"Refused. Not one of the \d+ legal actions: .*, c3\. Read in it was z9.")
    )
    expect(first.nth(1).locator("pre")).to_have_text(r"\u202egnp.\x1b[2J\x00")
    expect(first.nth(2).locator(".rejected")).to_contain_text("No action could be read in it.")
    expect(first.nth(2).locator(".spent")).to_contain_text("1,200 tokens read, 34 written")
    assert len(first.nth(2).inner_text()) < 3000, "a reply of any length is bounded"
    expect(first.nth(3).locator("summary")).to_contain_text("<b>mmm")
    expect(first.nth(3).locator("pre")).not_to_be_visible()
    first.nth(3).locator("summary").press("Enter")
    expect(first.nth(3).locator("pre")).to_contain_text("So I play it.")
    expect(page.get_by_text("talker: won")).to_be_visible()
    page.get_by_role("link", name="ply 1", exact=True).click()
    expect(page.locator("tr:target .reply")).to_have_count(4)
    assert "stolen" not in page.title()


def test_who_forfeited_is_told_in_a_sentence_with_its_last_words(site: Site, page: Page) -> None:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, "Babbler", "plain"))
    babbler = Scripted(lambda turn: Reply("z9", Said("Z nine!")))
    settle(site.engine, site.redis, agents=lambda _: [babbler, Scripted(lambda turn: turn.legal[0])])
    page.goto(f"/matches/{match_id}")
    expect(page.locator(".lead")).to_contain_text("Babbler forfeited (illegal moves) after 0 plies")
    expect(page.locator(".lead .why")).to_have_text(re.compile("4 of its replies were not legal.* The last was 'z9'"))
    page.get_by_role("link", name="the end").click()
    expect(page.locator("tr:target .reply pre")).to_have_text(["Z nine!"] * 4)
    expect(page.locator("tr:target .rejected").first).to_contain_text("The rules did not take it. Read in it was z9.")


def test_who_only_acts_has_no_column_for_it(site: Site, page: Page) -> None:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, "ada", "bob"))
    settle(site.engine, site.redis)
    page.goto(f"/matches/{match_id}")
    expect(page.locator(".plies thead th")).to_have_text(["Ply", "Seat", "Action", "Position before it", "Time"])


def test_a_match_that_waits_shows_itself_once_it_is_settled_and_its_pair_too(site: Site, page: Page) -> None:
    a, b = enter(site.engine, "Ada", "bob")
    pair = new_id()
    first = order(site.engine, "tic_tac_toe", (a, b), 3, pair=pair)
    order(site.engine, "tic_tac_toe", (b, a), 3, pair=pair)
    page.goto(f"/matches/{first}")
    page.wait_for_selector(LIVE)
    expect(page.locator(".lead")).to_contain_text("It waits to be played.")
    settle(site.engine, site.redis, n=1)
    expect(page.locator(".empty")).to_contain_text("The other leg of this pair")
    expect(page.locator(".talk, .plies")).to_have_count(0)
    settle(site.engine, site.redis)
    expect(page.get_by_role("heading", name="Ply by ply")).to_be_visible()


def test_what_its_reader_unfolded_stays_so_while_it_waits(site: Site, page: Page) -> None:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, "ada", "bob"))
    page.clock.install()
    page.goto(f"/matches/{match_id}")
    page.wait_for_selector(LIVE)

    def fetched() -> None:
        for _ in range(2):  # what the first brought is shown before the second is asked for
            with page.expect_response("**/fragments/matches/**"):
                page.clock.fast_forward(11_000)

    summary = page.get_by_text("Hashes and commitment")
    summary.press("Enter")
    fetched()
    page.locator("#moving details").evaluate("node => { node.dataset.touched = 'yes'; }")
    with site.engine.begin() as connection:
        outbox.add(connection, [("match.given_up", {"match_id": str(new_id())})])  # of a stranger: nothing to show
    tell(site.engine, site.redis)
    fetched()
    expect(page.locator("details[open][data-touched]")).to_have_count(1)
    with site.engine.begin() as connection:
        queue.lease(connection, "host", 1, lease_s=60, attempts=5)
    fetched()
    expect(page.locator(".lead")).to_contain_text("It is being played.")
    expect(page.locator("#moving details[open]")).to_have_count(1)
    expect(summary).to_be_focused()


def test_a_page_that_is_refused_asks_ever_more_rarely(site: Site, browser: Browser) -> None:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, "ada", "bob"))
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=404)

    with browser.new_context(base_url=site.url) as context:
        page = context.new_page()
        page.route("**/fragments/matches/**", refuse)
        page.clock.install()
        page.goto(f"/matches/{match_id}")
        page.wait_for_selector(LIVE)
        for _ in range(60):
            page.clock.run_for(1000)
        assert 1 < len(asked) < 12


def test_a_match_that_is_given_up_is_no_longer_live(site: Site, page: Page) -> None:
    match_id = order(site.engine, "tic_tac_toe", enter(site.engine, "ada", "bob"))
    page.goto(f"/matches/{match_id}")
    page.wait_for_selector(LIVE)
    with site.engine.begin() as connection:
        queue.lease(connection, "host", 1, lease_s=0.0, attempts=1)
    with site.engine.begin() as connection:
        buried = queue.bury(connection, attempts=1)
        outbox.add(connection, [("match.given_up", {"match_id": str(i)}) for i in buried])
    tell(site.engine, site.redis)
    expect(page.locator(".lead")).to_contain_text("It was given up.")
    expect(page.locator("#live")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_it_fits_every_screen(site: Site, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    match_id = talked(site, "n" * 60, "m" * 60)
    with browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 860}, base_url=site.url,
    ) as context:  # fmt: skip
        page = context.new_page()
        page.goto(f"/matches/{match_id}")
        page.locator(".reply summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(
            "[...document.querySelectorAll('.card, .scroll')].every(e => e.scrollWidth <= e.clientWidth)"
        )
        page.screenshot(path=tmp_path / f"match-{scheme}-{width}.png", full_page=True)
        for word in [*page.locator(".rejected").all(), *page.locator(".spent").all()]:
            assert contrast(word) >= 4.5
