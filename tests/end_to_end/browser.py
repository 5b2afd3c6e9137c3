"""The visitor's browser: opens a page as people do, and keeps a picture of it for them to look at."""

from pathlib import Path

from lab.browser import find_browser
from lab.lab import VISITOR
from lab.progress import Silence
from tests.end_to_end.visitor import Visitor


def open_page(visitor: Visitor, url: str, picture: Path) -> str:
    """The page as HTML, after its scripts have run. Raises BrowserError when there is none, or nobody to trust."""
    browser = find_browser(Silence(), visitor.network.authority)
    return browser.visit(visitor.lab.lab, VISITOR, url, picture).document
