import sqlite3

from dt.bench import data
from dt.bench.rows import rate


def test_the_peer_stores_every_reading_in_a_row(tmp_path):
    batches = [data.signal(data.slow, 100, signal=n) for n in (1, 2)]
    assert rate(tmp_path / "rows.db", batches) > 0
    with sqlite3.connect(tmp_path / "rows.db") as database:
        found = database.execute("SELECT signal, count(*) FROM reading GROUP BY 1")
        assert found.fetchall() == [(1, 100), (2, 100)]
    database.close()
