"""`manage.py validate_order_integrity`: do sales orders add up?"""

from server.core.commands.named import OperationCommand


class Command(OperationCommand):
    operation = "sales.validate-orders"
