"""Why a mail server does not answer, in words that say what to mend."""

import socket
import ssl


def words(error: BaseException, host: str, port: int) -> str:
    """The end of a sentence about a failed connection."""
    if isinstance(error, socket.gaierror):
        return f"the name {host} is not known"
    if isinstance(error, ConnectionRefusedError):
        return f"nobody listens at {host}:{port}"
    if isinstance(error, TimeoutError):
        return f"{host}:{port} did not answer in time"
    if isinstance(error, ssl.SSLError):
        return f"{host}:{port} does not speak TLS as expected ({getattr(error, 'reason', '') or error})"
    return (str(error) or type(error).__name__)[:200]
