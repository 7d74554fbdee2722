"""The pages of jobs in a real browser: curves that grow by themselves, on the screens people have."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from arena.flow import runs
from tests.e2e.conftest import Site
from tests.e2e.test_health_page import contrast
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.learning import Learning
from tests.play import enter, order, settle, tell

pytestmark = pytest.mark.e2e

LIVE = "#live[data-state=on]"


LONG = "n" * 60


def climb(site: Site, learning: Learning, name: str = "kuhn") -> None:
    """Three checkpoints, two of which have played rated matches."""
    versions = enter(site.engine, f"{name}-early", f"{name}-late", f"{name}-new")
    for step, version in zip((200, 400, 600), versions, strict=True):
        learning.checkpoint(step, version)
    (other,) = enter(site.engine, "somebody")
    for seed, version in enumerate(versions[:2]):
        order(site.engine, "kuhn_poker", (version, other), seed)
    settle(site.engine, site.redis)


def test_the_curves_grow_by_themselves(site: Site, page: Page) -> None:
    learning = Learning(Desk(site.engine))
    page.goto("/jobs")
    page.wait_for_selector(LIVE)
    page.get_by_role("link", name="kuhn", exact=True).click()
    page.wait_for_selector(LIVE)
    expect(page.get_by_role("heading", name="No update yet")).to_be_visible()
    page.evaluate("window.kept = true")
    learning.learn(300)
    tell(site.engine, site.redis)
    nash = page.locator('[data-chart^="NashConv"]')
    expect(nash.locator("polyline")).to_have_count(2)
    assert len(nash.locator("polyline").first.get_attribute("points").split()) == 6
    assert page.locator(".chart").first.get_attribute("data-chart").startswith("NashConv")
    for title in ("Loss", "Entropy (nats)", "Staleness (updates)"):
        expect(page.locator(f'[data-chart="{title}"] polyline').first).to_be_visible()
    climb(site, learning)
    learning.tell(301)
    tell(site.engine, site.redis)
    expect(page.locator('[data-chart="Elo of its checkpoints"] circle')).to_have_count(2)
    expect(page.locator(".checkpoints tbody tr")).to_have_count(3)
    expect(page.locator(".checkpoints tbody tr").first).to_contain_text("has not played yet")
    expect(page.locator(".checkpoints tbody .provisional")).to_have_count(2)
    learning.finish()
    tell(site.engine, site.redis)
    expect(page.locator("#moving .job-state")).to_have_text("done")
    assert page.evaluate("window.kept")


def test_rated_matches_of_its_checkpoints_move_it_when_it_is_over(site: Site, page: Page) -> None:
    learning = Learning(Desk(site.engine))
    learning.learn(100)
    climb(site, learning)
    learning.finish()
    tell(site.engine, site.redis)
    page.goto(f"/jobs/{learning.id}")
    page.wait_for_selector(LIVE)
    row = page.locator('.checkpoints tr[data-update="600"]')
    expect(row).to_contain_text("has not played yet")
    order(site.engine, "kuhn_poker", enter(site.engine, "kuhn-new", "another"), 9)
    settle(site.engine, site.redis)
    expect(row).to_contain_text("kuhn_poker")


def test_the_list_moves_and_tells_nothing_that_is_its_owner_s(site: Site, page: Page) -> None:
    desk = Desk(site.engine)
    page.goto("/jobs")
    page.wait_for_selector(LIVE)
    expect(page.get_by_role("heading", name="No job has been launched yet")).to_be_visible()
    learning = Learning(desk)
    tell(site.engine, site.redis)
    expect(page.locator(".job-state")).to_have_text("running")
    learning.tell(640)
    tell(site.engine, site.redis)
    expect(page.get_by_text(str(learning.id))).to_be_visible()
    expect(page.locator(".far").last).to_contain_text("640 of 1,000 updates")
    desk.do(runs.finish, learning.run, "The secret reason.")
    tell(site.engine, site.redis)
    expect(page.locator(".job-state")).to_have_text("failed")
    for path in ("/jobs", f"/jobs/{learning.id}"):
        page.goto(path)
        assert "secret" not in page.content()
        assert "inverse_sqrt" not in page.content()


def test_a_job_that_is_not_there_has_a_page_that_says_so(site: Site, browser: Browser) -> None:
    with browser.new_context(base_url=site.url) as context:
        page = context.new_page()
        answer = page.goto("/jobs/0197a000-0000-7000-8000-000000000000")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_text("There is no job")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400, 360])
def test_they_fit_every_screen(site: Site, browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    desk = Desk(site.engine)
    learning = Learning(desk)
    learning.learn(600)
    climb(site, learning, LONG)
    desk.launch(name=LONG)
    with browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 860}, base_url=site.url,
    ) as context:  # fmt: skip
        page = context.new_page()
        for path in ("/jobs", f"/jobs/{learning.id}"):
            page.goto(path)
            page.wait_for_selector(LIVE)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(
                "[...document.querySelectorAll('.scroll, .card')].every(e => e.scrollWidth <= e.clientWidth)"
            )
            name = re.sub(r"\W.*", "", path.strip("/").partition("/")[2]) or "all"
            page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png", full_page=True)
        for text in page.locator(".legend b, .legend .key").all():
            assert contrast(text) >= 4.5
        for tick in page.locator(".tick").all():
            assert tick.bounding_box()["height"] >= 9
