"""Downloads wheels by the name that the lock gives them, and believes only their hash."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from ...core.contract.errors import CancelledError, RegionwiseError
from .lock import Wheel
from .sources import Sources, default_index, without_login
from .telling import Step

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html;q=0.5"
BLOCK = 1 << 18  # bytes that are read at a time
CHUNK = 16 * 10**6  # bytes asked for at a time: so a download can be stopped, and fits into memory
LINK = re.compile(r'<a\s[^>]*href="([^"]+)"', re.IGNORECASE)
NO_NETWORK = (
    "Check the network, the proxy (Settings > Options > Network) or INDEX, or install from a folder of wheels (SOURCE)."
)


class Network(Protocol):
    """Who asks servers: QGIS, with its proxies, certificates and logins, or Python."""

    def get(
        self,
        address: str,
        accept: str = "",
        part: tuple[int, int] | None = None,
        told: Callable[[int], None] = lambda count: None,
    ) -> bytes:
        """Return what is at `address`, or bytes `part` (first, last) of it; `told` hears how many have come.

        Raises
        ------
        RegionwiseError
            If the server cannot be reached or has no such page.
        """


class PlainNetwork:
    """Python's own way, for the command line."""

    def get(
        self,
        address: str,
        accept: str = "",
        part: tuple[int, int] | None = None,
        told: Callable[[int], None] = lambda count: None,
    ) -> bytes:
        """Return what is at `address`."""
        headers = {"Accept": accept} if accept else {}
        if part:
            headers["Range"] = f"bytes={part[0]}-{part[1]}"
        try:
            # the address comes from the user's own settings
            with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:  # nosec B310
                content = bytearray()
                while block := answer.read(BLOCK):
                    content += block
                    told(len(content))
                return bytes(content)
        except (OSError, ValueError) as err:
            raise unreachable(address, str(err)) from err


def unreachable(address: str, reason: str) -> RegionwiseError:
    """The error for a server that does not answer as it should."""
    return RegionwiseError(f"'{without_login(address)}' cannot be read ({reason}).", NO_NETWORK)


def fetch(wheel: Wheel, folder: Path, sources: Sources, network: Network, step: Step) -> Path:
    """Put `wheel` into `folder` and return its path; one that is there with the right hash is kept.

    Raises
    ------
    RegionwiseError
        If no source has it, or what comes has another hash.
    CancelledError
        If the user stops.
    """
    target = folder / wheel.name
    if target.exists() and sha256_of(target) == wheel.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{wheel.name}.part")
    try:
        _copy(_locate(wheel, sources, network), part, wheel, network, step)
        if sha256_of(part) != wheel.sha256:
            raise RegionwiseError(
                f"'{wheel.name}' came with another content than the lock names (SHA-256 {sha256_of(part)[:12]}..., "
                f"wanted {wheel.sha256[:12]}...).",
                "Somebody may have changed it on the way: try another network or index.",
            )
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _copy(address: str, part: Path, wheel: Wheel, network: Network, step: Step) -> None:
    if address.startswith("file:") or "://" not in address:
        shutil.copyfile(_local(address), part)
        return
    with part.open("wb") as file:
        while file.tell() < wheel.size:
            if step.feedback.isCanceled():
                raise CancelledError
            start = file.tell()
            step.bytes(start, wheel.size)
            last = min(start + CHUNK, wheel.size) - 1
            content = network.get(
                address, part=(start, last), told=lambda count, start=start: step.bytes(start + count, wheel.size)
            )
            if not content or (len(content) > CHUNK and start):
                raise unreachable(address, f"{start} of {wheel.size} bytes came")
            file.write(content)  # a server that knows no parts gives all at once


def _locate(wheel: Wheel, sources: Sources, network: Network) -> str:
    """The address of `wheel`."""
    for place in sources.links:
        folder = _local(place)
        if folder is not None and (folder / wheel.name).is_file():
            return str(folder / wheel.name)
    indexes = [*sources.extra, sources.index or default_index()]
    reasons = []
    for index in filter(None, indexes):
        try:
            found = _links_of(f"{index.rstrip('/')}/{wheel.package}/", network).get(wheel.name)
        except RegionwiseError as err:
            reasons.append(err.message)
            continue
        if found:
            return found
        reasons.append(f"'{without_login(index)}' does not have it.")
    raise RegionwiseError(
        f"'{wheel.name}' cannot be had: {' '.join(reasons) or 'no index is known here.'}",
        NO_NETWORK if indexes[-1] else f"Name the address of a package index (INDEX). {NO_NETWORK}",
    )


def _links_of(page: str, network: Network) -> dict[str, str]:
    """Name -> address of the files that a page of an index lists, in either of its two formats."""
    if page.startswith("file:"):
        folder = _local(page)
        listing = folder / "index.html" if folder is not None else None
        if listing is None or not listing.exists():
            return {}
        content = listing.read_bytes()
    else:
        content = network.get(page, f"{JSON}, {HTML}")
    text = content.decode("utf-8", errors="replace")
    if text.lstrip().startswith(("{", "[")):
        try:
            return {file["filename"]: urljoin(page, file["url"]) for file in json.loads(text)["files"]}
        except (ValueError, KeyError, TypeError) as err:
            raise unreachable(page, "it is no page of a package index") from err
    links = [urljoin(page, link.replace("&amp;", "&")).split("#")[0] for link in LINK.findall(text)]
    return {unquote(urlsplit(link).path).rpartition("/")[2]: link for link in links}


def _local(address: str) -> Path | None:
    if address.startswith("file:"):
        return Path(url2pathname(urlsplit(address).path))
    return None if "://" in address else Path(address)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def check_folder(folder: Path, wheels: Iterable[Wheel]) -> None:
    """See to it that `folder` holds `wheels`, each with the hash that the lock names.

    Raises
    ------
    RegionwiseError
        If it is no folder of wheels, or lacks some, or some are others.
    """
    if not folder.is_dir() or not any(folder.glob("*.whl")):
        raise RegionwiseError(
            f"SOURCE '{folder}' is no folder of wheels.", "Write 'index', or choose a folder that holds .whl files."
        )
    missing = [wheel.name for wheel in wheels if not (folder / wheel.name).is_file()]
    other = [w.name for w in wheels if w.name not in missing and sha256_of(folder / w.name) != w.sha256]
    remedy = "Make the folder anew with ACTION = download, for this platform, Python, engine and device."
    if missing:
        raise RegionwiseError(f"SOURCE '{folder}' lacks {_few(missing)}.", remedy)
    if other:
        raise RegionwiseError(f"SOURCE '{folder}': {_few(other)} has another hash than the lock names.", remedy)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
