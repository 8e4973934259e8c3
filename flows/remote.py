"""Inputs that are no files here: objects in S3 and Google Cloud Storage, pages of the web, tables of a database. All are read as streams."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

from warehouse.databases import KINDS, open_table, parse_address

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "https": "https", "http": "https"}
"""Schemes that are read, and the extra that brings what they need."""
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
GLOB = re.compile(r"[*?\[]")
SECRET = re.compile(r"([?&][^=&#]*(?:sig|token|key|secret|password|credential|auth)[^=&#]*=)[^&#]*", re.IGNORECASE)
USER = re.compile(r"^([a-z0-9+.-]+://)[^/@?#]*@", re.IGNORECASE)
BLOCK = 8 << 20
"""Bytes fetched at a time from a store of objects."""
CONNECT, ANSWER = 10, 60
"""Seconds."""
MISSING = re.compile(r"\b(?:404|NoSuchKey|NoSuchBucket|Not Found)\b")
REFUSED = re.compile(r"\b(?:401|403|AccessDenied|Forbidden|Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken)\b")
BUSY = re.compile(r"\b(?:429|50[0234]|SlowDown|InternalError|ServiceUnavailable)\b")
BROKEN_OFF = frozenset((
    "ClientPayloadError", "IncompleteReadError", "IncompleteRead", "ServerDisconnectedError", "ResponseStreamingError", "ConnectionResetError",
))
LIBRARIES = frozenset(("aiohttp", "aiobotocore", "botocore", "s3fs", "gcsfs", "google", "fsspec", "asyncio", "socket", "ssl", "concurrent"))
"""Whose faults are told as faults of the connection; any other is a fault of ours."""


class RemoteError(OSError):
    """An address that can't be read: what is wrong and what to do."""


class Address(NamedTuple):
    """An input that is no file here."""

    url: str
    size: int = 0
    """Bytes, where that is known beforehand."""
    stamp: str = ""
    """What tells that it has changed, where the store says so."""

    @property
    def scheme(self) -> str:
        """What stands before the colon."""
        return self.url.partition(":")[0].lower()

    @property
    def name(self) -> str:
        """The last part of the path, or the table."""
        parts = urlsplit(self.url)
        return parts.path.rstrip("/").rpartition("/")[2] or parts.netloc

    @property
    def shown(self) -> str:
        """The address as it can be printed and stored: without password and signature.

        >>> Address("https://jane:pass@example.org/a.csv?X-Amz-Signature=abc&page=2").shown
        'https://example.org/a.csv?X-Amz-Signature=***&page=2'
        """
        return SECRET.sub(r"\1***", USER.sub(r"\1", self.url))


def find_address(name: str) -> Address | None:
    """The address that an input's name is; None for a path.

    >>> find_address("s3://desk/inbox/"), find_address("inbox/a.csv"), find_address("file:///inbox/a.csv")
    (Address(url='s3://desk/inbox/', size=0, stamp=''), None, None)
    """
    return Address(name) if ADDRESS.match(name) and not name.startswith("file:") else None


def list_address(address: Address) -> Iterator[Address]:
    """What an address leads to: itself, or what lies in a folder or fits a pattern, in the order of the names. Raises RemoteError."""
    if address.scheme in KINDS:
        yield address
        return
    store, path = open_store(address)
    with Trouble(address):
        is_web = address.scheme in ("http", "https")
        if not is_web and GLOB.search(path) and not store.exists(path):
            found = store.glob(path, detail=True)
            if not found:
                raise RemoteError("nothing fits the pattern; check it with the list of your store")
        else:
            info = store.info(path)
            if is_web or info["type"] != "directory":
                yield describe(address.url, info)
                return
            found = store.find(path, detail=True)
            if not found:
                raise RemoteError("nothing is there; check the bucket's name and the path")
        listed = [(str(key), info) for key, info in sorted(found.items()) if info["type"] == "file" and not str(key).endswith("/")]
    for key, info in listed:
        yield describe(f"{address.scheme}://{key}", info)


def describe(url: str, info: dict[str, Any]) -> Address:
    """An object with what the store says of it."""
    stamp = next((str(info[name]) for name in ("ETag", "etag", "generation", "LastModified", "updated") if info.get(name)), "")
    return Address(url, int(info.get("size") or 0), stamp)


def open_store(address: Address) -> tuple[Any, str]:
    """The store of an address, and the path in it. Raises RemoteError when it can't be read here."""
    scheme = address.scheme
    if scheme not in EXTRAS or "::" in address.url:
        raise RemoteError(f"addresses that begin so are not read; known are {', '.join(f'{name}://' for name in (*EXTRAS, *KINDS))}")
    options: dict[str, Any] = {}
    try:
        import fsspec

        if scheme in ("s3", "s3a"):
            retries = {"max_attempts": 2, "mode": "standard"}
            options = {"config_kwargs": {"connect_timeout": CONNECT, "read_timeout": ANSWER, "retries": retries}}
        elif scheme in ("https", "http"):
            import aiohttp

            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER)
            options = {"client_kwargs": {"timeout": timeout, "trust_env": True}}
        with Trouble(address):
            store, path = fsspec.core.url_to_fs(address.url, **options)
    except ImportError as error:
        raise RemoteError(f"{scheme}:// needs a library that is not installed ({error}): pip install 'copydesk[{EXTRAS[scheme]}]'") from None
    if hasattr(store, "retries"):
        store.retries = 2
    store.invalidate_cache()
    return store, str(path)


def open_address(address: Address) -> BinaryIO:
    """The bytes of an input, as a stream. Raises RemoteError or TableError, now or while it is read."""
    if address.scheme in KINDS:
        return open_table(parse_address(address.url))
    store, path = open_store(address)
    with Trouble(address):
        if address.scheme in ("http", "https"):
            file = store.open(path, "rb", block_size=0, size=address.size or None)
        else:
            file = store.open(path, "rb", block_size=BLOCK, cache_type="readahead")
    return io.BufferedReader(Remote(file, address), 1 << 18)


def find_change(address: Address) -> str | None:
    """What became of an object while it was read; None when nothing did or the store can't tell."""
    if address.scheme in KINDS or not address.stamp:
        return None
    store, path = open_store(address)
    try:
        with Trouble(address):
            now = describe(address.url, store.info(path))
    except RemoteError:
        return "vanished"
    return None if (now.stamp, now.size) == (address.stamp, address.size) else "was replaced"


class Remote(io.RawIOBase):
    """A remote file as it is read. What goes wrong on the way is a RemoteError."""

    def __init__(self, file: Any, address: Address) -> None:
        super().__init__()
        self._file = file
        self._address = address
        self._is_web = address.scheme in ("http", "https")
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Objects in a store can be read in any order."""
        return not self._is_web

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: Any, /) -> int:
        """Read on."""
        with Trouble(self._address):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        if not data and self._is_web and self._address.size > self._at:
            raise RemoteError(f"the connection broke off at byte {self._at:,} of {self._address.size:,}; run again")
        return len(data)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._file.close()
        super().close()


class Trouble:
    """Turns what a library of a store raises into a RemoteError; a fault of ours stays what it is."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Explain an error of the connection."""
        if isinstance(error, (RemoteError, ImportError)) or not isinstance(error, Exception):
            return
        if isinstance(error, OSError) or type(error).__module__.partition(".")[0] in LIBRARIES:
            raise RemoteError(explain(error, self._address)) from error


def explain(error: Exception, address: Address) -> str:
    """What went wrong on the way to an address, and what to do about it."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = cast("BaseException | None", getattr(link, "kwargs", {}).get("error")) or link.__cause__ or link.__context__
    names = {kind.__name__ for one in chain for kind in type(one).__mro__}
    said = " ".join(str(one) for one in chain)[:4000]
    codes = " ".join(code for one in chain for code in list_codes(one))
    host = urlsplit(address.url).hostname or address.url
    is_store = address.scheme not in ("http", "https")
    if names & {"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "ProfileNotFound"}:
        return (
            "no credentials are set; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or for a public bucket FSSPEC_S3_ANON=true"
            if EXTRAS[address.scheme] == "s3" else "no credentials are set; give GOOGLE_APPLICATION_CREDENTIALS, or log in with gcloud"
        )
    if names & {"gaierror", "ClientConnectorDNSError"} or "Name or service not known" in said or "getaddrinfo" in said:
        return f"the name of the server can't be found (DNS); check {host if not is_store else 'AWS_ENDPOINT_URL, if it is set'}, and the network"
    if names & {"ClientConnectorCertificateError", "SSLCertVerificationError", "SSLError", "ClientConnectorSSLError", "ClientSSLError"}:
        return "the server's certificate can't be verified; check the address and the clock of this machine"
    if names & {"ConnectionRefusedError", "ClientConnectorError", "EndpointConnectionError"}:
        where = "AWS_ENDPOINT_URL, if it is set" if is_store else "the address"
        return f"nothing answers there; check that the server runs, the network, and {where}"
    if names & {"TimeoutError", "FSTimeoutError", "ConnectTimeoutError", "ReadTimeoutError", "ServerTimeoutError"}:
        return f"no answer within {ANSWER} seconds; run again later"
    if names & BROKEN_OFF:
        return "the connection broke off while it was read; run again"
    if "PermissionError" in names or REFUSED.search(codes):
        what = "the credentials, and that they may list and read this bucket" if is_store else "that it is public, or its signature still good"
        return f"access is denied; check {what}"
    if BUSY.search(codes):
        return "the server failed or is overloaded; run again later"
    if "FileNotFoundError" in names or MISSING.search(codes):
        return "not there; check the bucket's name and the path" if is_store else "not there (404); check the address"
    first = (str(error).strip().splitlines() or [""])[0][:160]
    return f"it can't be read ({type(error).__name__}: {first}); check the address"


def list_codes(error: BaseException) -> Iterator[str]:
    """What a server answered, as numbers and names of errors."""
    for name in ("status", "code"):
        yield str(getattr(error, name, ""))
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        yield str(response.get("Error", {}).get("Code", ""))
        yield str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
