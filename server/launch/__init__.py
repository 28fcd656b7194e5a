"""Starting the server: environment, migrations, processes. Nothing here is imported by the apps."""
