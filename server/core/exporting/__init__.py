"""Lists as files: any resource, filtered, ordered and cut to columns as its list is, in one writer a format."""

from .asking import FORMATS, ExportRequest, read_request
from .streaming import Export, export

__all__ = ["FORMATS", "Export", "ExportRequest", "export", "read_request"]
