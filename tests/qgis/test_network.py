"""Through QGIS: its network layer asks the index by its proxy, and the installer's sentences reach the user."""

import os

import pytest
from regionwise.algorithms.install.lock import read_lock
from regionwise.core.errors import RegionwiseError
from support import run_in_qgis
from wheelhouse import index_of, make_wheel

qgis = pytest.mark.qgis
PROXY = """
settings = QgsSettings()
for name, value in {"proxyEnabled": True, "proxyType": "HttpProxy", "proxyHost": "proxy.example", "proxyPort": "3128",
                    "proxyUser": "me@home", "proxyPassword": "p:w", "noProxyUrls": ["https://intern.example"]}.items():
    settings.setValue(f"proxy/{name}", value)
QgsNetworkAccessManager.instance().setupDefaultProxyAndCache()
from regionwise.algorithms.network import qgis_sources
given = qgis_sources("https://index.example/simple", "", "").environment({"PATH": "x"})
for name in ("proxyEnabled", "proxyType", "proxyHost", "proxyPort", "proxyUser", "proxyPassword", "noProxyUrls"):
    settings.remove(f"proxy/{name}")
print(json.dumps({name: given.get(name, "") for name in ("HTTPS_PROXY", "NO_PROXY", "UV_DEFAULT_INDEX")}))
"""
GET = """
from regionwise.algorithms.network import QgisNetwork
from regionwise.core.errors import RegionwiseError
network = QgisNetwork("", QgsProcessingFeedback())
page = network.get({page!r}, "application/vnd.pypi.simple.v1+json")
part = network.get({file!r}, part=(2, 5))
try:
    network.get({page!r} + "missing/")
    told = ""
except RegionwiseError as err:
    told = str(err)
print(json.dumps([page.decode(), part.hex(), told]))
"""
RUN = """
from regionwise.core.errors import RegionwiseError
told = []
for parameters in {parameters!r}:
    try:
        processing.run("regionwise:installengine", parameters)
        told.append("")
    except QgsProcessingException as err:
        told.append(str(err))
print(json.dumps(told))
"""


@qgis
def test_qgis_proxy_with_its_login_reaches_uv_and_pip(tmp_path):
    found = run_in_qgis(PROXY, QGIS_CUSTOM_CONFIG_PATH=str(tmp_path))
    assert found["HTTPS_PROXY"] == "http://me%40home:p%3Aw@proxy.example:3128"
    assert "intern.example" in found["NO_PROXY"]
    assert found["UV_DEFAULT_INDEX"] == "https://index.example/simple"


@qgis
def test_pages_and_parts_of_files_come_through_qgis(inside, tmp_path):
    path = make_wheel(tmp_path, "a")
    with index_of(tmp_path) as (index, asked):
        code = GET.format(page=f"{index}/a/", file=f"{index}/../files/{path.name}")
        page, part, told = inside(code)
    assert path.name in page
    assert bytes.fromhex(part) == path.read_bytes()[2:6]
    assert "missing/' cannot be read" in told
    assert asked


@qgis
def test_what_cannot_be_installed_is_told_in_one_sentence_each(inside, tmp_path):
    (tmp_path / "file").write_text("")
    old = tmp_path / "python3"
    old.write_text(
        '#!/bin/sh\necho \'{"version": [3, 9], "name": "cpython", "bits": 64, "threads": false, "venv": true}\'\n'
    )
    old.chmod(0o755)
    wanted = {
        "PLATFORM 'amiga' is unknown. Choose one of win_amd64": {
            "ACTION": "download",
            "PLATFORM": "amiga",
            "FOLDER": "x",
        },
        "FOLDER is not given": {"ACTION": "download"},
        "is no folder of wheels": {"SOURCE": str(tmp_path / "nothing")},
        "it is Python 3.9": {"PYTHON": str(old)},
        "there is no such file": {"PYTHON": str(tmp_path / "no")},
        "it is QGIS itself": {"PYTHON": "/usr/bin/qgis"},
        "Building the engine failed": {"INDEX": "http://127.0.0.1:9/simple", "ENGINE": "trees"},
        "holds no user and password": {"AUTHCFG": "abc1234"},
    }
    found = inside(
        RUN.format(parameters=list(wanted.values())),
        REGIONWISE_HOME=str(tmp_path / "home"), UV_HTTP_RETRIES="0", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull,
    )  # fmt: skip
    for told, sentence in zip(found, wanted):
        assert any(part in told for part in sentence.split("|")), told
        assert "Traceback" not in told
    assert not list((tmp_path / "home").glob("*/pyvenv.cfg"))


@qgis
def test_home_that_cannot_be_written_is_told(inside, tmp_path):
    (tmp_path / "file").write_text("")
    found = inside(RUN.format(parameters=[{}]), REGIONWISE_HOME=str(tmp_path / "file" / "home"))
    assert "file/home' cannot be written" in found[0]


def test_engine_of_another_lock_is_told(tmp_path):
    from regionwise.algorithms.install.home import interpreter_of, out_of_date, write_stamp

    plan = read_lock().plan("manylinux_2_28_x86_64", (3, 11), "full", "cpu")
    interpreter = interpreter_of(tmp_path)
    interpreter.parent.mkdir(parents=True)
    assert not out_of_date(interpreter, read_lock())
    write_stamp(tmp_path, plan, "cpu")
    assert not out_of_date(interpreter, read_lock())
    stamp = tmp_path / "regionwise-engine.json"
    stamp.write_text(stamp.read_text().replace(plan.stamp, "0" * 16))
    assert out_of_date(interpreter, read_lock())
    with pytest.raises(RegionwiseError):
        read_lock().plan("manylinux_2_28_x86_64", (3, 9), "full", "cpu")
