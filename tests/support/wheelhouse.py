"""Small wheels, a lock that names them, and a package index on this machine that serves them."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from regionwise.algorithms.install.lock import Lock, Wheel


def make_wheel(folder, name, version="1.0", content="x = 1\n"):
    """Write a wheel of one module and return its path."""
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def other_wheel(path):
    """Return the content of a wheel that calls itself like that at `path` and does something else."""
    name, version = path.name.split("-")[:2]
    with tempfile.TemporaryDirectory() as folder:
        return make_wheel(folder, name, version, "x = 'evil'\n").read_bytes()


def facts_of(path):
    """Return what a lock says of the wheel at `path`."""
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    return {
        "hashes": (f"sha256:{hashlib.sha256(content).hexdigest()}",),
        "size": len(content),
        "unpacked": sum(entry.file_size for entry in entries),
        "longest": max(len(entry.filename) for entry in entries),
    }


def wheel_of(path):
    """Return the wheel at `path` as a lock names it."""
    return Wheel(path.name, **facts_of(path))


def lock_of(paths, platforms, tool=None, pythons=("3.11", "3.12", "3.13", "3.14"), **groups):
    """Return a lock whose engine `trees` is `paths`; `groups` (full, cpu, cuda) add to it."""
    known = {path.name: facts_of(path) for group in (paths, *groups.values()) for path in group}
    if tool:
        known[tool.name] = facts_of(tool)
    target = {"trees": [path.name for path in paths], **{k: [p.name for p in group] for k, group in groups.items()}}
    return Lock(
        {
            "tool": {"version": "1", "wheels": dict.fromkeys(platforms, tool.name if tool else "")},
            "targets": {f"{platform}-{python}": target for platform in platforms for python in pythons},
            "files": known,
        }
    )


@contextmanager
def index_of(folder, form="json", ranges=True, spoil="", damaged=False):
    """Yield the address of an index that serves the wheels in `folder`, and the list of paths that are asked for.

    Parameters
    ----------
    form : str
        ``json`` or ``html``: of the pages.
    ranges : bool
        Whether parts of a file can be had.
    spoil : str
        The name of a wheel that is served with another content.
    damaged : bool
        Whether that is no wheel at all, of the same length.
    """
    requested = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            parts = unquote(self.path).strip("/").split("/")
            file = Path(folder) / parts[-1]
            if parts[0] == "files" and file.is_file():
                self._file(file)
            elif parts[0] == "simple" and len(parts) == 2:
                self._page(parts[1])
            else:
                self.send_error(404)

        def _page(self, package):
            names = [p.name for p in Path(folder).glob("*.whl") if p.name.split("-")[0].replace("_", "-") == package]
            if not names:
                return self.send_error(404)
            if form == "json":
                files = [{"filename": n, "url": f"../../files/{n}", "hashes": {}} for n in names]
                return self._send("application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode())
            links = "".join(f'<a href="../../files/{n.replace("+", "%2B")}#sha256=0">{n}</a>' for n in names)
            return self._send("text/html", f"<html><body>{links}</body></html>".encode())

        def _file(self, file):
            content = file.read_bytes()
            if file.name == spoil:
                content = bytes(len(content)) if damaged else other_wheel(file)
            wanted = self.headers.get("Range")
            if ranges and wanted:
                first, last = (int(n) for n in wanted.removeprefix("bytes=").split("-"))
                return self._send("application/octet-stream", content[first : last + 1], 206)
            return self._send("application/octet-stream", content)

        def _send(self, kind, content, status=200):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple", requested
    finally:
        server.shutdown()
        server.server_close()
