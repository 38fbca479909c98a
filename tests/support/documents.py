"""Documents: the pages of the repository, their headings as anchors, their links, and their tested commands."""

import re
import unicodedata

from support import ROOT

CODE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = re.compile(r"<!-- tested -->\n```bash\n(.*?)```", re.DOTALL)
AT_ROOT = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")


def documents():
    """Return the paths of all pages."""
    found = [path for folder in ("docs", "help") for path in sorted((ROOT / folder).rglob("*.md"))]
    return [*(ROOT / name for name in AT_ROOT), *found]


def commands_of(path):
    """Return the commands of a page that are marked as tested."""
    return COMMANDS.findall(path.read_text(encoding="utf-8"))


def anchors(text):
    """Return the anchors of a page's headings, as the site makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", CODE.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
        name = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
        found.add(next(each for each in (name, *(f"{name}_{n}" for n in range(1, 99))) if each not in found))
    return found


def broken_links(path, text=None):
    """Return what is linked from a page and is not there: files, and headings of pages."""
    text = path.read_text(encoding="utf-8") if text is None else text
    broken = []
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", CODE.sub("", text))):
        if re.match(r"https?://|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path if not name else path.parent / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    return broken
