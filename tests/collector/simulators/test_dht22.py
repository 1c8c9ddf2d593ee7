from collector.simulators.dht22 import DHT22

CHIP = DHT22


def frame(levels):
    highs = levels[3::2]
    assert len(highs) == 40
    bits = "".join("1" if length > 50 else "0" for length in highs)
    return int(bits, 2).to_bytes(5, "big")


def test_it_answers_as_the_manual_says(chip, true):
    true |= {"temperature": 35.1, "humidity": 65.2}
    levels = chip.pulses(1000)
    assert levels[:2] == [80, 80]
    assert frame(levels) == bytes.fromhex("028c015fee")


def test_below_zero_the_first_bit_is_a_sign(chip, true):
    true |= {"temperature": -10.1, "humidity": 65.2}
    assert frame(chip.pulses(1000)) == bytes.fromhex("028c806573")


def test_a_short_pulse_does_not_wake_it(chip):
    assert chip.pulses(500) == []


def test_asked_again_within_two_seconds_it_is_silent(chip, time):
    assert chip.pulses(1000)
    time.sleep(1.9)
    assert chip.pulses(1000) == []
    time.sleep(0.2)
    assert chip.pulses(1000)


def test_it_tells_what_it_measured_the_time_before(chip, time, true):
    old = frame(chip.pulses(1000))
    true["temperature"] = 30.0
    time.sleep(3)
    assert frame(chip.pulses(1000)) == old
    time.sleep(3)
    assert frame(chip.pulses(1000)) != old


def test_for_a_second_after_power_on_it_is_silent(chip, time):
    chip.power_on()
    time.sleep(0.9)
    assert chip.pulses(1000) == []
    time.sleep(0.2)
    assert chip.pulses(1000)


def test_nobody_counts_or_drives_its_line(chip):
    chip.drive(True)
    assert chip.level() is None
    assert chip.edges() == 0
