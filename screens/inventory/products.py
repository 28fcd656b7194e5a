"""A product by what is scanned or typed for it: its own code, else one of its barcodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erp_tui.core.errors import NotFoundError

if TYPE_CHECKING:
    from erp_tui.core.api import Api
    from erp_tui.core.models import Record


async def product_key_of(api: Api, barcode: str) -> int | None:
    """The key of the product that a barcode stands for, None for an unknown one. Raises what the API raises."""
    try:
        record = await api.get("barcodes", f"code:{barcode}")
    except NotFoundError:
        return None
    return int(record.data["product"])


async def find_product(api: Api, text: str) -> Record | None:
    """The product with this code, `id:123` or barcode; None where there is none. Raises what the API raises."""
    key = text.removeprefix("id:")
    try:
        return await api.get("products", int(key) if key != text and key.isdecimal() else f"code:{text}")
    except NotFoundError:
        product = await product_key_of(api, text)
    return None if product is None else await api.get("products", product)
