"""Failed attempts, counted."""


def test_failures_count_within_a_time_and_until_a_success(appliance, clock):
    attempts = appliance.attempts
    attempts.failed("ann", "10.0.0.7")
    clock.step(60_000)
    attempts.failed("ann")
    assert attempts.count("ann", 59) == 1
    assert attempts.count("ann", 3600) == 2
    attempts.succeeded("ann")
    assert attempts.count("ann", 3600) == 0
    assert attempts.count("10.0.0.7", 3600) == 1


def test_failures_are_forgotten_after_a_day(appliance, clock):
    appliance.attempts.failed("ann")
    clock.step(86_400_001)
    appliance.attempts.failed("bob")
    assert appliance.database.all("SELECT key FROM attempt") == [("bob",)]


def test_failures_of_a_clock_that_was_wrong_lock_nobody_out(appliance, clock):
    appliance.attempts.failed("ann")
    clock.step(-365 * 86_400_000)
    assert appliance.attempts.count("ann", 3600) == 0
