"""Asks servers through QGIS: with its proxies, certificates and logins; and tells the installer's programs of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsBlockingNetworkRequest,
    QgsNetworkAccessManager,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkProxy, QNetworkProxyFactory, QNetworkProxyQuery, QNetworkRequest

from ..core.contract.errors import CancelledError, RegionwiseError
from .install.download import unreachable
from .install.sources import Sources, default_index, read_sources, with_login

SCHEMES = {QNetworkProxy.ProxyType.Socks5Proxy: "socks5h", QNetworkProxy.ProxyType.HttpProxy: "http"}


class QgisNetwork:
    """QGIS's network layer; `login` is the id of an authentication configuration, or empty."""

    def __init__(self, login: str, feedback: QgsProcessingFeedback) -> None:
        self._login, self._feedback = login, feedback

    def get(
        self,
        address: str,
        accept: str = "",
        part: tuple[int, int] | None = None,
        told: Callable[[int], None] = lambda count: None,
    ) -> bytes:
        """The content at `address`, or bytes `part` (first, last) of it; `told` hears how many have come."""
        request = QNetworkRequest(QUrl(address))
        if accept:
            request.setRawHeader(b"Accept", accept.encode())
        if part:
            request.setRawHeader(b"Range", f"bytes={part[0]}-{part[1]}".encode())
        asked = QgsBlockingNetworkRequest()
        asked.setAuthCfg(self._login)
        arriving: Any = asked.downloadProgress  # a signal
        arriving.connect(lambda received, total: told(received))
        failed = asked.get(request, True, self._feedback) != QgsBlockingNetworkRequest.ErrorCode.NoError
        if self._feedback.isCanceled():
            raise CancelledError
        if failed:
            raise unreachable(address, asked.errorMessage())
        return bytes(asked.reply().content())


def qgis_sources(index: str, login: str, mirror: str) -> Sources:
    """Where packages come from: what is given here, else the settings of pip and uv; QGIS's proxy for both.

    Raises
    ------
    RegionwiseError
        If there is no such authentication configuration.
    """
    sources = read_sources()
    user, password = _login(login) if login else ("", "")
    address = index or sources.index or default_index()
    proxy, excluded = _proxy(address)
    return replace(
        sources,
        index=with_login(address, user, password),
        mirror=mirror or sources.mirror,
        proxy=proxy or sources.proxy,
        no_proxy=",".join(filter(None, [os.environ.get("NO_PROXY", ""), *excluded])) if proxy else "",
    )


def _login(name: str) -> tuple[str, str]:
    """User and password of an authentication configuration."""
    found = QgsAuthMethodConfig()
    read, found = QgsApplication.authManager().loadAuthenticationConfig(name, found, True)
    if not read or not found.config("username"):
        raise RegionwiseError(
            f"The authentication '{name}' holds no user and password.",
            "Choose one of the kind 'Basic' (Settings > Options > Authentication).",
        )
    return found.config("username"), found.config("password")


def _proxy(address: str) -> tuple[str, list[str]]:
    """The address of the proxy that QGIS uses, empty for none, and hosts that it asks directly."""
    manager = QgsNetworkAccessManager.instance()
    proxy = manager.fallbackProxy()
    if proxy.type() == QNetworkProxy.ProxyType.DefaultProxy:  # what the system says, which uv and pip do not read
        query = QNetworkProxyQuery(QUrl(address or "https://localhost"))
        proxy = next(iter(QNetworkProxyFactory.systemProxyForQuery(query)), QNetworkProxy())
    scheme = SCHEMES.get(proxy.type(), "")
    if not scheme or not proxy.hostName():
        return "", []
    hosts = [QUrl(url).host() or url for url in (*manager.excludeList(), *manager.noProxyList()) if url]
    return with_login(f"{scheme}://{proxy.hostName()}:{proxy.port()}", proxy.user(), proxy.password()), hosts
