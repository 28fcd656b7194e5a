"""`manage.py validate_purchase_orders`: do orders and receipts add up?"""

from server.core.commands.named import OperationCommand


class Command(OperationCommand):
    operation = "purchasing.validate-orders"
