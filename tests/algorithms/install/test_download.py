"""Downloads: a wheel is believed only by its hash, whatever the index looks like."""

import pytest
from regionwise.algorithms.install import download
from regionwise.algorithms.install.download import PlainNetwork, check_folder, fetch
from regionwise.algorithms.install.sources import Sources
from regionwise.algorithms.install.telling import Console, Step
from regionwise.core.contract.errors import CancelledError, RegionwiseError
from wheelhouse import index_of, make_wheel, wheel_of

CLOSED = "http://127.0.0.1:9/simple"


@pytest.fixture
def house(tmp_path):
    folder = tmp_path / "house"
    folder.mkdir()
    return folder


def get(wheel, folder, index="", feedback=None, **more):
    return fetch(wheel, folder, Sources(index=index, **more), PlainNetwork(), Step(feedback or Console(), "Fetching"))


@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize("ranges", [True, False])
def test_wheel_comes_whole_from_any_kind_of_index(house, tmp_path, monkeypatch, form, ranges):
    monkeypatch.setattr(download, "CHUNK", 700 if ranges else 10**6)
    path = make_wheel(house, "some_name", "1.0+cpu", content="x = 1\n" * 400)
    with index_of(house, form, ranges) as (index, asked):
        found = get(wheel_of(path), tmp_path / "got", index)
    assert found.read_bytes() == path.read_bytes()
    assert asked[0] == "/simple/some-name/"
    assert [p.name for p in (tmp_path / "got").iterdir()] == [path.name]


def test_wheel_that_is_there_is_not_asked_for_again(house, tmp_path):
    path = make_wheel(house, "a")
    assert get(wheel_of(path), house, CLOSED) == path


@pytest.mark.parametrize("damaged", [True, False])
def test_other_content_is_refused_and_nothing_is_left(house, tmp_path, damaged):
    path = make_wheel(house, "a", content="x = 'good'\n")
    wanted = pytest.raises(RegionwiseError, match=r"a-1.0-py3-none-any.whl' came with another content than the lock")
    with index_of(house, spoil=path.name, damaged=damaged) as (index, _), wanted:
        get(wheel_of(path), tmp_path / "got", index)
    assert not list((tmp_path / "got").iterdir())


def test_page_that_is_none_is_told(house, tmp_path, monkeypatch):
    path = make_wheel(house, "a")
    monkeypatch.setattr(PlainNetwork, "get", lambda *_, **__: b"[1]")
    with pytest.raises(RegionwiseError, match="it is no page of a package index"):
        get(wheel_of(path), tmp_path, "http://127.0.0.1/x")


def test_no_network_is_told_with_what_to_do_and_without_the_login(house, tmp_path):
    path = make_wheel(house, "a")
    with pytest.raises(RegionwiseError, match=r"127.0.0.1:9/simple/a/' cannot be read(?s:.*)proxy(?s:.*)SOURCE") as err:
        get(wheel_of(path), tmp_path, CLOSED.replace("127", "me:secret@127"))
    assert "secret" not in str(err.value)


def test_index_that_lacks_the_wheel_is_named(house, tmp_path):
    path = make_wheel(house, "a")
    wanted = wheel_of(path)
    path.unlink()
    make_wheel(house, "a", "2.0")
    with index_of(house) as (index, _), pytest.raises(RegionwiseError, match=f"'{index}' does not have it"):
        get(wanted, tmp_path, index)


def test_unknown_index_is_asked_for(house, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "default_index", lambda: "")
    with pytest.raises(RegionwiseError, match="no index is known here(?s:.*)INDEX"):
        get(wheel_of(make_wheel(house, "a")), tmp_path)


def test_folder_with_links_and_local_index_are_read(house, tmp_path):
    path = make_wheel(house, "a", "1.0+cpu")
    assert get(wheel_of(path), tmp_path / "1", CLOSED, links=(str(house),)).exists()
    page = tmp_path / "index" / "a"
    page.mkdir(parents=True)
    (page / "index.html").write_text(f'<a href="{path.as_uri()}">a</a>')
    assert get(wheel_of(path), tmp_path / "2", CLOSED, extra=((tmp_path / "index").as_uri(),)).exists()


def test_download_can_be_stopped(house, tmp_path):
    class Stop(Console):
        def isCanceled(self):
            return True

    path = make_wheel(house, "a")
    with index_of(house) as (index, _), pytest.raises(CancelledError):
        get(wheel_of(path), tmp_path / "got", index, Stop())
    assert not list((tmp_path / "got").iterdir())


def test_folder_of_wheels_must_hold_all_of_them_as_the_lock_names_them(house, tmp_path):
    wheels = [wheel_of(make_wheel(house, name)) for name in "abcde"]
    check_folder(house, wheels)
    (house / wheels[1].name).write_bytes(b"another")
    with pytest.raises(
        RegionwiseError, match="b-1.0-py3-none-any.whl has another hash than the lock names(?s:.*)download"
    ):
        check_folder(house, wheels)
    for wheel in wheels[1:]:
        (house / wheel.name).unlink()
    with pytest.raises(RegionwiseError, match=r"lacks b-1.0.*, c-1.0.*, d-1.0.* and 1 more"):
        check_folder(house, wheels)
    with pytest.raises(RegionwiseError, match="is no folder of wheels"):
        check_folder(tmp_path / "nothing", wheels)
