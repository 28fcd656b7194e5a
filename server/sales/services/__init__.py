"""What changes sales orders and opportunities. Each is one transaction with its audit."""

from .opportunities import create_opportunity, restore_opportunity
from .ordering import (
    check_sales_orders,
    create_sales_order,
    create_sales_orders,
    delete_sales_order,
    restore_sales_order,
    update_sales_order,
    why_not_changeable,
)

__all__ = [
    "check_sales_orders",
    "create_opportunity",
    "create_sales_order",
    "create_sales_orders",
    "delete_sales_order",
    "restore_opportunity",
    "restore_sales_order",
    "update_sales_order",
    "why_not_changeable",
]
