"""`manage.py validate_data_integrity`: the data as a whole."""

from server.core.commands.named import OperationCommand


class Command(OperationCommand):
    operation = "system.validate-data"
