"""Documentation that cannot rot: generated pages equal what the code would generate; every page is reachable."""

import re
import runpy
from pathlib import Path

import pytest

PAGES = runpy.run_path("docs/generate.py")["PAGES"]
LINK = re.compile(r"\]\((?!http|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_in_step(page: str) -> None:
    assert Path("docs", page).read_text() == PAGES[page](), "run `make docs`"


def test_every_page_is_linked_from_the_readme_or_another_page() -> None:
    pages = {p.resolve() for p in Path("docs").rglob("*.md")}
    sources = [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]
    linked = {(s.parent / target).resolve() for s in sources for target in LINK.findall(s.read_text())}
    assert pages <= linked, sorted(str(p) for p in pages - linked)


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *map(str, Path("docs").rglob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    file = Path(page)
    missing = [t for t in LINK.findall(file.read_text()) if not (file.parent / t).exists()]
    assert not missing
