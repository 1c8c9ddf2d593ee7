import socket

from dt.config import Web
from webapp.server import bind


def test_the_end_of_an_answer_does_not_wait_for_an_acknowledgement():
    with bind(Web(port=0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
