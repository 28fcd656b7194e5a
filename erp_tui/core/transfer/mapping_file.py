"""A mapping as a file on this machine: written by the wizard, read by it and by the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.exporting import FileThere
from erp_tui.core.transfer.part_file import part_beside

YAML, JSON = "application/yaml", "application/json"
LARGEST = 1 << 20
"""Bytes that the server takes of a mapping."""


class NoMapping(ErpError):
    """A file that is too large to be a mapping."""


def content_type_of(document: bytes) -> str:
    """What a document is to be sent as: JSON where it begins as an object, else YAML."""
    return JSON if document.lstrip().startswith(b"{") else YAML


async def read_mapping(path: Path) -> bytes:
    """The document. Raises ``OSError``, and ``NoMapping`` for what is far too large to be one."""
    size = (await asyncio.to_thread(path.stat)).st_size
    if size > LARGEST:
        raise NoMapping(_("{path} is too large to be a mapping. Choose another file.").format(path=path))
    return await asyncio.to_thread(path.read_bytes)


async def write_mapping(document: bytes, path: Path) -> Path:
    """Writes it whole or not at all, never over another file. Raises ``FileThere``, ``OSError``."""
    async with part_beside(path) as part:
        await part.write(document)
        await part.close()
        try:
            await asyncio.to_thread(part.take_name, path)
        except FileExistsError as error:
            raise FileThere(_("There is a file {path} already.").format(path=path)) from error
    return path
