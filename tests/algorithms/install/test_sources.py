"""Where packages come from: the user's word is kept, what belongs to QGIS or bends an installation is not."""

import os

import pytest
from regionwise.algorithms.install import sources
from regionwise.algorithms.install.sources import Sources, default_index, read_sources, with_login, without_login

USERS = {
    "PIP_INDEX_URL": "https://mirror/simple", "PIP_CERT": "/home/me/ca.pem", "UV_DEFAULT_INDEX": "https://uv/simple",
    "HTTPS_PROXY": "http://proxy:1", "SSL_CERT_FILE": "/home/me/ca.pem", "HOME": "/home/me", "PATH": "/usr/bin",
}  # fmt: skip
BENDING = {
    "PIP_TARGET": "/x", "PIP_PREFIX": "/x", "PIP_USER": "1", "PIP_NO_DEPS": "1", "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_PRE": "1", "PIP_CONFIG_FILE": "/x",
    "PIP_CONSTRAINT": "/x", "UV_SYSTEM_PYTHON": "1", "UV_PYTHON": "3.9", "UV_TARGET": "/x",
    "UV_NO_BINARY": "1", "UV_OFFLINE": "1", "PYTHONHOME": "C:/QGIS/apps/Python312", "PYTHONPATH": "/x",
    "SSL_CERT_FILE": r"C:\OSGeo4W\bin\curl-ca-bundle.crt", "SSL_CERT_DIR": "/Applications/QGIS.app/certs",
    "VIRTUAL_ENV": "/x", "CONDA_PREFIX": "/x", "GDAL_DATA": "/x", "PROJ_LIB": "/x", "LD_LIBRARY_PATH": "/x",
}  # fmt: skip


@pytest.fixture
def no_files(monkeypatch):
    monkeypatch.setattr(sources, "_pip_files", lambda variables: [])


def test_index_and_certificates_of_the_user_are_kept():
    assert USERS.items() <= Sources().environment(USERS).items()


@pytest.mark.parametrize("name", sorted(BENDING))
def test_what_would_bend_the_installation_is_dropped(name):
    assert Sources().environment({name: BENDING[name]}).get(name) in (None, os.devnull)


def test_children_speak_utf8():
    assert Sources().environment({})["PYTHONUTF8"] == "1"


def test_uv_is_told_what_only_pip_knows(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://mirror/simple\nproxy = http://proxy:3128\n[install]\n"
        "find-links = /wheels\n  /more\ntrusted-host = mirror\ntimeout = 99\nconstraint = /x\n"
    )
    found = read_sources({"PIP_CONFIG_FILE": str(file), "HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)})
    assert found.index == "https://mirror/simple"
    assert found.links[-2:] == ("/wheels", "/more")
    given = found.environment({})
    assert given["UV_DEFAULT_INDEX"] == given["PIP_INDEX_URL"] == "https://mirror/simple"
    assert given["UV_FIND_LINKS"].endswith("/wheels,/more")
    assert given["HTTPS_PROXY"] == "http://proxy:3128"
    assert given["UV_INSECURE_HOST"] == "mirror"
    assert given["PIP_TIMEOUT"] == "99"
    assert "PIP_CONSTRAINT" not in given


def test_variables_are_stronger_than_files_and_uv_than_pip(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://file/simple\n")
    variables = {"PIP_CONFIG_FILE": str(file), "PIP_INDEX_URL": "https://pip/simple"}
    assert read_sources(variables).index == "https://pip/simple"
    assert read_sources({**variables, "UV_DEFAULT_INDEX": "https://uv/simple"}).index == "https://uv/simple"


def test_file_that_cannot_be_read_is_passed_over(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_bytes(b"\xff\xfe no [ini")
    assert read_sources({"PIP_CONFIG_FILE": str(file)}).index == ""


def test_certificate_of_qgis_is_no_certificate_of_the_user(no_files):
    assert read_sources({"SSL_CERT_FILE": r"C:\Program Files\QGIS 3.44\bin\ca.crt"}).certificate == ""
    assert read_sources({"REQUESTS_CA_BUNDLE": "/home/me/ca.pem"}).certificate == "/home/me/ca.pem"


@pytest.mark.parametrize(
    ("system", "name"),
    [("windows", "pip/pip.ini"), ("mac", "Library/Application Support/pip/pip.conf"), ("linux", "pip/pip.conf")],
)
def test_pips_files_are_looked_for_where_the_system_keeps_them(monkeypatch, system, name):
    monkeypatch.setattr(sources, "this_system", lambda: system)
    found = sources._pip_files({"APPDATA": "C:/Users/me/AppData/Roaming", "PIP_CONFIG_FILE": "mine"})
    assert any(path.as_posix().endswith(name) for path in found)
    assert found[-1].name == "mine"
    assert sources._pip_files({"PIP_CONFIG_FILE": os.devnull}) == []


def test_pip_says_which_index_it_asks_by_default():
    address = default_index()
    assert address.startswith("https://")
    assert address.endswith("/simple")


def test_login_is_put_into_an_address_and_hidden_from_people():
    address = with_login("https://host:8080/simple", "me@home", "p/w:d")
    assert address == "https://me%40home:p%2Fw%3Ad@host:8080/simple"
    assert with_login(address, "", "") == address
    assert without_login(f"cannot read {address}") == "cannot read https://host:8080/simple"
