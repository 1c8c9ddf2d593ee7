"""The audit: only ever added to."""

import pytest

from dt.errors import StoreError


def test_changes_are_told_newest_first_in_pages(appliance):
    for n in range(5):
        appliance.audit.add("Ann", "setting.change", f"key-{n % 2}", n, n + 1)
    newest = appliance.audit.newest(2)
    assert [(each.before, each.after) for each in newest] == [(4, 5), (3, 4)]
    older = appliance.audit.newest(9, before_id=newest[-1].id, target="key-0")
    assert [each.before for each in older] == [2, 0]


def test_changes_are_found_by_who_made_them_and_by_what_they_are_about(appliance):
    for target in ("dt:Box", "dt:Box/rules/dry", "dt:Box_2", "dt:Box0"):
        appliance.audit.add("Ann", "x.change", target)
    appliance.audit.add("Ben", "x.change", "dt:Box/rules/wet")
    about = appliance.audit.newest(target="dt:Box")
    assert [one.target for one in about] == [
        "dt:Box/rules/wet",
        "dt:Box/rules/dry",
        "dt:Box",
    ]
    assert len(appliance.audit.newest(target="dt:Box", who="Ben")) == 1
    assert appliance.audit.authors() == ["Ann", "Ben"]


def test_structs_are_kept_without_their_secrets(appliance):
    ann = appliance.users.add_first("Ann", "very secret")
    appliance.audit.add("Ann", "user.add", "Ann", None, ann)
    entry = appliance.audit.newest()[0]
    assert entry.before is None
    assert entry.after["name"] == "Ann"
    assert "very secret" not in repr(entry)


@pytest.mark.parametrize("sql", ["DELETE FROM audit", "UPDATE audit SET who='Bob'"])
def test_nothing_in_it_can_be_changed(appliance, sql):
    appliance.audit.add("Ann", "user.add", "Bob")
    with pytest.raises(StoreError, match="never"):
        appliance.database.run(sql)
    assert appliance.audit.newest()[0].who == "Ann"
