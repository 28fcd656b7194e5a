"""A barcode gun as a device: what it sends, what the code says, and when a run of keys is a scan.

Nothing here knows a screen or a server: bytes in, meaning out.
"""
