"""Where packages come from: what pip's and uv's settings and variables say, and the clean environment of both."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from .platforms import this_system

# of the variables of pip and uv only these are the user's word on where packages come from
KEPT_PIP = {
    "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "CERT", "CLIENT_CERT", "PROXY", "TRUSTED_HOST",
    "TIMEOUT", "DEFAULT_TIMEOUT", "RETRIES", "CACHE_DIR", "KEYRING_PROVIDER",
}  # fmt: skip
KEPT_UV = {
    "DEFAULT_INDEX", "INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "INSECURE_HOST", "CONFIG_FILE",
    "HTTP_TIMEOUT", "HTTP_RETRIES", "CACHE_DIR", "KEYRING_PROVIDER", "PYTHON_INSTALL_MIRROR",
    "PYTHON_DOWNLOADS_JSON_URL",
}  # fmt: skip
DROPPED_PREFIXES = (
    "PYTHON",
    "PIP_",
    "UV_",
    "CONDA",
    "VIRTUAL_ENV",
    "DYLD_",
    "LD_LIBRARY_PATH",
    "GDAL_",
    "PROJ_",
    "QT_",
)
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PIP_DEFAULT = re.compile(r'PyPI = PackageIndex\(\s*"([^"]+)"')


@dataclass(frozen=True)
class Sources:
    """Where packages come from.

    Parameters
    ----------
    index : str
        Address of the index, empty for the tools' own default.
    extra, links : tuple of str
        Further indexes, and folders or pages with links to wheels.
    certificate : str
        A file of certificates to trust besides the system's.
    proxy : str
        Address of the proxy, with user and password; empty for what the environment says.
    no_proxy : str
        Hosts that are asked directly, with commas.
    insecure : tuple of str
        Hosts whose certificate need not be valid.
    mirror : str
        Where uv looks for Pythons instead of their makers' place.
    pip : tuple of (str, str)
        What else pip's settings say of the way to the packages: names and values.
    """

    index: str = ""
    extra: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    certificate: str = ""
    proxy: str = ""
    no_proxy: str = ""
    insecure: tuple[str, ...] = ()
    mirror: str = ""
    pip: tuple[tuple[str, str], ...] = ()

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """`variables` for uv and pip: clean, with these sources, and Python in UTF-8."""
        kept = _cleaned(variables)
        own = {
            "UV_DEFAULT_INDEX": self.index,
            "UV_INDEX": " ".join(self.extra),
            "UV_FIND_LINKS": ",".join(self.links),
            "UV_INSECURE_HOST": " ".join(self.insecure),
            "UV_PYTHON_INSTALL_MIRROR": self.mirror,
            "SSL_CERT_FILE": self.certificate,
            "PIP_INDEX_URL": self.index,
            "PIP_EXTRA_INDEX_URL": " ".join(self.extra),
            "PIP_FIND_LINKS": " ".join(self.links),
            "PIP_CERT": self.certificate,
            "HTTPS_PROXY": self.proxy,
            "HTTP_PROXY": self.proxy,
            "ALL_PROXY": self.proxy,
            "NO_PROXY": self.no_proxy,
        }
        kept.update({f"PIP_{name}": value for name, value in self.pip})
        kept.update({name: value for name, value in own.items() if value})
        kept["PIP_CONFIG_FILE"] = os.devnull  # a constraint, a target or 'user' in it would bend the installation
        return {**kept, "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _cleaned(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in variables.items():
        upper = name.upper()
        mine = upper[4:] in KEPT_PIP if upper.startswith("PIP_") else upper[3:] in KEPT_UV
        if upper in CERTIFICATES and belongs_to_qgis(value):
            continue
        if mine or not upper.startswith(DROPPED_PREFIXES):
            kept[name] = value
    return kept


def belongs_to_qgis(path: str) -> bool:
    """Whether a file lies in the folder of QGIS or of the Python inside it: its certificates are its own."""
    own = [Path(sys.prefix), Path(sys.executable).parent]
    lowered = path.replace("\\", "/").lower()
    inside = any(part in lowered for part in ("osgeo4w", "/qgis", "qgis.app"))
    return inside or any(folder in Path(path).parents and len(folder.parts) > 2 for folder in own)


def read_sources(variables: Mapping[str, str] = os.environ) -> Sources:
    """Settings of pip's files and variables, and uv's variables; uv's come first, then variables, then files."""
    told = _pip_settings(variables)
    told |= {name[4:].lower(): value for name, value in variables.items() if name[:4].upper() == "PIP_" and value}
    own = {name[3:].lower(): value for name, value in variables.items() if name[:3].upper() == "UV_" and value}
    certificate = next(
        (variables[n] for n in CERTIFICATES if variables.get(n) and not belongs_to_qgis(variables[n])), ""
    )
    return Sources(
        index=own.get("default_index") or own.get("index_url") or told.get("index_url", ""),
        extra=tuple((own.get("index") or own.get("extra_index_url") or told.get("extra_index_url", "")).split()),
        links=_links(own.get("find_links", ""), told.get("find_links", "")),
        certificate=told.get("cert", "") or certificate,
        proxy=told.get("proxy", ""),
        insecure=tuple((own.get("insecure_host") or told.get("trusted_host", "")).split()),
        mirror=own.get("python_install_mirror", ""),
        pip=tuple((name.upper(), value) for name, value in sorted(told.items()) if name.upper() in KEPT_PIP),
    )


def _links(own: str, told: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(own.split(",") if own else told.split()))


def _pip_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Settings of pip's files; uv does not read them, and a mirror or a proxy may be named only there."""
    found: dict[str, str] = {}
    for path in _pip_files(variables):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {name.replace("-", "_"): value for name, value in parser.items(section)}
    return found


def _pip_files(variables: Mapping[str, str]) -> list[Path]:
    """The files that pip reads here, the strongest last."""
    chosen = variables.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return []
    home = Path.home()
    if this_system() == "windows":
        names = [Path(variables.get("ProgramData", "C:/ProgramData"), "pip/pip.ini"), home / "pip/pip.ini"]
        names.append(Path(variables.get("APPDATA", str(home)), "pip/pip.ini"))
    elif this_system() == "mac":
        names = [
            Path("/Library/Application Support/pip/pip.conf"),
            home / ".pip/pip.conf",
            home / ".config/pip/pip.conf",
        ]
        names.append(home / "Library/Application Support/pip/pip.conf")
    else:
        folders = reversed(variables.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"))
        names = [*(Path(folder, "pip/pip.conf") for folder in folders if folder), Path("/etc/pip.conf")]
        names += [home / ".pip/pip.conf", Path(variables.get("XDG_CONFIG_HOME", str(home / ".config")), "pip/pip.conf")]
    return [*names, *([Path(chosen)] if chosen else [])]


def default_index() -> str:
    """The address that pip itself asks where nothing else is said, or an empty text if there is no pip."""
    for text in (_installed_pip(), _bundled_pip()):
        found = PIP_DEFAULT.search(text)
        if found:
            return f"{found.group(1).rstrip('/')}/simple"
    return ""


def _installed_pip() -> str:
    pip = importlib.util.find_spec("pip")
    if pip is None or not pip.origin:
        return ""
    path = Path(pip.origin).parent / "_internal" / "models" / "index.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _bundled_pip() -> str:
    """The same from the pip that Python brings along to put into new environments."""
    standard = Path(os.__file__).parent
    folders = (standard / "ensurepip" / "_bundled", Path("/usr/share/python-wheels"))
    for wheel in (wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))):
        with zipfile.ZipFile(wheel) as archive:
            return archive.read("pip/_internal/models/index.py").decode("utf-8")
    return ""


def with_login(address: str, user: str, password: str) -> str:
    """An address that holds user and password, as tools on the command line want it."""
    parts = urlsplit(address)
    if not user or not parts.netloc:
        return address
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))


def without_login(text: str) -> str:
    """A text, without the users and passwords of addresses in it, for people to see."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)
