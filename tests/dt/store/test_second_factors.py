"""Second factors lie in the user's own row; codes work once."""

import pytest

from dt.errors import ConflictError

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$" + "A" * 43
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def ann(appliance):
    return appliance.users.add_first("Ann", HASH)


def test_without_one_the_password_is_enough(appliance, ann):
    assert appliance.second_factors.of(ann.id) is None
    assert not ann.second_factor
    assert not appliance.second_factors.remove(ann.id)


def test_it_is_set_up_once_and_removed(appliance, ann):
    codes = appliance.second_factors.set_up(ann.id, SECRET, 100)
    assert len(set(codes)) == 10
    assert appliance.users.get(ann.id).second_factor
    held = appliance.second_factors.of(ann.id)
    assert (held.secret, held.step, len(held.recovery)) == (SECRET, 100, 10)
    with pytest.raises(ConflictError, match="already"):
        appliance.second_factors.set_up(ann.id, "OTHER", 1)
    assert appliance.second_factors.remove(ann.id)
    assert appliance.second_factors.of(ann.id) is None


def test_a_code_of_a_time_that_was_used_is_worthless(appliance, ann):
    appliance.second_factors.set_up(ann.id, SECRET, 100)
    assert not appliance.second_factors.use_step(ann.id, 100)
    assert appliance.second_factors.use_step(ann.id, 101)
    assert not appliance.second_factors.use_step(ann.id, 101)
    assert not appliance.second_factors.use_step(ann.id, 100)


def test_a_recovery_code_works_once_however_it_is_written(appliance, ann):
    first, second, *_ = appliance.second_factors.set_up(ann.id, SECRET, 100)
    use = appliance.second_factors.use_recovery
    assert use(ann.id, f" {first[:4].upper()}-{first[4:8]} {first[8:]}")
    assert not use(ann.id, first)
    assert use(ann.id, second)
    assert not use(ann.id, "")
    assert len(appliance.second_factors.of(ann.id).recovery) == 8


def test_no_secret_is_told_by_users_or_audit(appliance, ann):
    codes = appliance.second_factors.set_up(ann.id, SECRET, 100)
    appliance.audit.add("Ann", "user.change", "Ann", ann, appliance.users.get(ann.id))
    text = str(appliance.users.all()) + str(appliance.audit.newest())
    assert SECRET not in text
    assert not any(code in text for code in codes)
