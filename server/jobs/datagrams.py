"""The port at which an embedded worker is woken. Without Django: it is there before Django is loaded."""

from __future__ import annotations

import hmac
import secrets
import socket
import threading
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


class DatagramListener:
    """Listens on a free loopback port for datagrams that carry its token."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]

    def start(self, on_wake: Callable[[], None]) -> None:
        """Call `on_wake` at each datagram from now on, in a thread of its own."""
        threading.Thread(target=self._listen, args=(on_wake,), name="erp-wake", daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self, on_wake: Callable[[], None]) -> None:
        expected = self.token.encode()
        while True:
            try:
                datagram = self._socket.recv(64)
            except OSError:
                return  # closed
            if hmac.compare_digest(datagram, expected):
                on_wake()
