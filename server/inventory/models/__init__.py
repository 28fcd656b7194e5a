"""What is kept, where it is kept, and the ledger of what moved."""

from .catalogue import Barcode, Category, Product, ProductUnit, SupplierPrice, UnitOfMeasure
from .ledger import StockBalance, StockMove
from .opening import OpeningStock
from .places import Location, Lot

__all__ = [
    "Barcode",
    "Category",
    "Location",
    "Lot",
    "OpeningStock",
    "Product",
    "ProductUnit",
    "StockBalance",
    "StockMove",
    "SupplierPrice",
    "UnitOfMeasure",
]
