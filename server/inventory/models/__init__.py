"""What is kept, where it is kept, and the ledger of what moved."""

from .catalogue import Barcode, Category, Product, ProductUnit, SupplierPrice, UnitOfMeasure
from .ledger import StockBalance, StockMove
from .places import Location, Lot

__all__ = [
    "Barcode",
    "Category",
    "Location",
    "Lot",
    "Product",
    "ProductUnit",
    "StockBalance",
    "StockMove",
    "SupplierPrice",
    "UnitOfMeasure",
]
