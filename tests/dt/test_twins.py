"""Twin files in folders: found once each, read, and bad ones kept apart."""

import time

from dt import twins
from dt.twins import stamps

TWIN = "@id: dt:{0}_001\nname: {0}\nsignals: {{a: {{unit: Cel}}}}\n"


def _write(folder, name="twin.yaml", text=None):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text or TWIN.format(folder.name.capitalize()), encoding="utf-8")
    return file


def test_files_are_found_below_folders_in_all_three_names(tmp_path):
    files = [
        _write(tmp_path / "a"),
        _write(tmp_path / "b" / "c", "twin.json", "{}"),
        _write(tmp_path / "d", "twin.yml"),
    ]
    _write(tmp_path / "d", "other.yaml")
    _write(tmp_path / ".git" / "x")
    assert sorted(twins.find([tmp_path])) == sorted(files)


def test_a_file_is_taken_whatever_its_name_and_only_once(tmp_path):
    file = _write(tmp_path / "a", "my.yaml")
    again = _write(tmp_path / "b")
    (tmp_path / "link.yaml").symlink_to(again)
    found = twins.find([file, tmp_path / "b", tmp_path / "link.yaml", tmp_path])
    assert found == [file, again]


def test_a_loop_of_links_ends(tmp_path):
    file = _write(tmp_path / "a")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert twins.find([tmp_path]) == [file]


def test_one_bad_twin_never_stops_the_others(tmp_path):
    _write(tmp_path / "a")
    _write(tmp_path / "b", text="name: [")
    _write(tmp_path / "c").write_bytes(b"name: \xff\xfe")
    _write(tmp_path / "d", text=TWIN.format("A"))
    found = twins.load_all([tmp_path, tmp_path / "nowhere"])
    assert [t.id for t in found.twins] == ["dt:A_001"]
    names = sorted(b.file.removeprefix(str(tmp_path)) for b in found.broken)
    assert names == ["/b/twin.yaml", "/c/twin.yaml", "/d/twin.yaml", "/nowhere"]


def test_the_folder_names_a_twin_that_does_not(tmp_path, monkeypatch):
    file = _write(tmp_path / "greenhouse", text="tenant: demo")
    monkeypatch.chdir(file.parent)
    (twin,) = twins.load_all(["twin.yaml"]).twins
    assert twin.id == "dt:greenhouse_001"


def test_a_hundred_twins_are_read_in_a_second(tmp_path):
    for number in range(100):
        _write(tmp_path / f"t{number}")
    start = time.process_time()
    assert len(twins.load_all([tmp_path]).twins) == 100
    assert time.process_time() - start < 1.0


def test_stamps_change_when_a_twin_file_does_and_only_then(tmp_path):
    box = tmp_path / "a" / "box"
    box.mkdir(parents=True)
    assert stamps([tmp_path, tmp_path / "gone"]) == {}
    file = box / "twin.yaml"
    file.write_text("name: a\n")
    first = stamps([tmp_path])
    assert list(first) == [str(file)]
    (box / "notes.txt").write_text("nothing")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "twin.yaml").write_text("name: b\n")
    assert stamps([tmp_path]) == first
    assert stamps([file]) == first
    file.write_text("name: ab\n")
    assert stamps([tmp_path]) != first
    (box / "loop").symlink_to(tmp_path)
    assert stamps([tmp_path])[str(file)][1] == 9
