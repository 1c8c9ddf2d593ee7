from hypothesis import given
from hypothesis import strategies as st

from dt.hardware.proc import Snapshot, loads, rss_bytes, snapshot


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_empty_tree_tells_nothing_but_the_disk(tmp_path):
    seen = snapshot(tmp_path)
    assert seen == Snapshot(disk=seen.disk)


def test_parts_of_disks_and_the_loopback_are_not_counted_twice(tmp_path):
    row = "0 mmcblk0{} 1 0 2 0 1 0 4 0 0 0 0\n"
    write(tmp_path, "proc/diskstats", "179 " + row.format("") + "179 " + row.format("p1"))
    (tmp_path / "sys/block/mmcblk0/device").mkdir(parents=True)
    link = "{}: {} 0 0 0 0 0 0 0 {} 0 0 0 0 0 0 0\n"
    write(tmp_path, "proc/net/dev", link.format("lo", 9, 9) + link.format("eth0", 5, 6))
    seen = snapshot(tmp_path)
    assert (seen.disk_read, seen.disk_written) == (1024, 2048)
    assert (seen.received, seen.sent) == (5, 6)


def test_the_processor_zone_is_preferred_to_the_battery(tmp_path):
    for n, (kind, milli) in enumerate([("battery", 60000), ("x86_pkg_temp", 45500)]):
        write(tmp_path, f"sys/class/thermal/thermal_zone{n}/type", kind + "\n")
        write(tmp_path, f"sys/class/thermal/thermal_zone{n}/temp", f"{milli}\n")
    assert snapshot(tmp_path).temperature == 45.5


def test_a_processor_that_only_hwmon_knows_has_a_temperature(tmp_path):
    write(tmp_path, "sys/class/hwmon/hwmon3/name", "k10temp\n")
    write(tmp_path, "sys/class/hwmon/hwmon3/temp1_input", "51000\n")
    assert snapshot(tmp_path).temperature == 51.0


def test_waiting_for_a_disk_is_not_load():
    old = Snapshot(jiffies=((0.0, 0.0),))
    new = Snapshot(jiffies=((25.0, 100.0),))
    assert loads(old, new) == (25.0,)
    assert loads(new, new) == (None,)


def test_this_process_has_memory():
    assert rss_bytes() > 1_000_000


@given(st.text(max_size=200))
def test_rubbish_in_a_file_of_the_kernel_is_not_an_exception(tmp_path_factory, text):
    root = tmp_path_factory.mktemp("proc")
    for name in ("proc/meminfo", "proc/loadavg", "proc/uptime"):
        write(root, name, text)
    assert isinstance(snapshot(root), Snapshot)
