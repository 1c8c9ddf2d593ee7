"""A program that speaks HTTP with an appliance over one connection."""

import http.client
from types import TracebackType
from urllib.parse import urlsplit


class Client:
    """One connection, signed in by a token; a context manager.

    Args:
        url: Of the appliance, ``http://127.0.0.1:8080``.
        token: Secret of the token.
    """

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self._connection.close()

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return the status and body of an answer.

        Raises:
            OSError: Nobody answers, or the answer broke off.
        """
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(f"{method} {path} was not answered: {error}") from error
        except OSError:
            self.close()
            raise
