"""The files of the bot: kept in memory, found again by file id or by path."""

import hashlib
import struct
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from pawang.sandbox.telegram.params import Upload
from pawang.sandbox.telegram.refusal import bad

PHOTO_BYTES_MAX = 10 * 1024 * 1024
FILE_BYTES_MAX = 50 * 1024 * 1024
STORE_BYTES_MAX = 128 * 1024 * 1024  # past this the oldest file is "temporarily unavailable"


@dataclass(frozen=True, slots=True)
class Stored:
    """One file and what Telegram tells about it."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    width: int = 0
    height: int = 0

    @property
    def photo_size(self) -> dict[str, Any]:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "width": self.width,
            "height": self.height,
            "file_size": len(self.data),
        }

    @property
    def document(self) -> dict[str, Any]:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_name": self.name,
            "mime_type": self.mime,
            "file_size": len(self.data),
        }

    @property
    def file(self) -> dict[str, Any]:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
            "file_path": self.path,
        }


class Files:
    """Equal bytes sent twice are one file with one id, so equal runs give equal ids."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, Stored] = OrderedDict()
        self._by_path: dict[str, str] = {}
        self._bytes = 0

    def photo(self, given: Upload | str | None) -> Stored:
        """A picture just uploaded or one already here. Raises Refusal."""
        if given is None or given == "":
            raise bad("there is no photo in the request")
        if isinstance(given, str):
            return self._known(given)
        if len(given.data) > PHOTO_BYTES_MAX:
            raise bad(
                f"file of size {len(given.data)} bytes is too big for a photo;"
                f" the maximum size is {PHOTO_BYTES_MAX} bytes"
            )
        size = picture_size(given.data)
        if not given.data:
            raise bad("file must be non-empty")
        if size is None:
            raise bad("IMAGE_PROCESS_FAILED")
        width, height = size
        if width + height > 10_000 or max(size) > 20 * min(size):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return self._keep(given, "photos", width, height)

    def document(self, given: Upload | str | None) -> Stored:
        """Any file. Raises Refusal."""
        if given is None or given == "":
            raise bad("there is no document in the request")
        if isinstance(given, str):
            return self._known(given)
        if not given.data:
            raise bad("file must be non-empty")
        if len(given.data) > FILE_BYTES_MAX:
            raise bad("file is too big")
        return self._keep(given, "documents", 0, 0)

    def by_id(self, file_id: str) -> Stored | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> Stored | None:
        return self._by_id.get(self._by_path.get(path, ""))

    def _known(self, file_id: str) -> Stored:
        stored = self._by_id.get(file_id)
        if stored is None:
            # A URL would be fetched by Telegram; the sandbox never leaves loopback.
            raise bad("wrong file identifier/HTTP URL specified")
        return stored

    def _keep(self, upload: Upload, folder: str, width: int, height: int) -> Stored:
        content = hashlib.sha256(upload.data).digest()
        unique_id = _letters(content[:9] + folder[:1].encode())
        file_id = _letters(folder.encode() + content[:24])
        if file_id in self._by_id:
            return self._by_id[file_id]
        ending = upload.name.rpartition(".")[2].lower() if "." in upload.name else "bin"
        ending = ending if ending.isalnum() else "bin"
        path = f"{folder}/file_{len(self._by_path)}.{ending}"
        stored = Stored(
            file_id, unique_id, path, upload.name, upload.mime, upload.data, width, height
        )
        self._by_id[file_id] = stored
        self._by_path[path] = file_id
        self._bytes += len(upload.data)
        while self._bytes > STORE_BYTES_MAX:
            _, oldest = self._by_id.popitem(last=False)
            self._bytes -= len(oldest.data)
        return stored


def _letters(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG, None for what is neither or is cut short."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 33:
        width, height = struct.unpack(">II", data[16:24])
        return (width, height) if width and height else None
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (ITU T.81, B.2.2)."""
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return (width, height) if width and height else None
        position += 2 + int(struct.unpack(">H", data[position + 2 : position + 4])[0])
    return None
