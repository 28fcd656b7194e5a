"""The WSGI entry that granian serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from server.core import collector
from server.core.http.whole_bodies import with_whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.config.settings.prod")
application = with_whole_bodies(get_wsgi_application())
# Routes are loaded at the first request otherwise: a fault in them must stop the start, not answer 500.
import_module(settings.ROOT_URLCONF)
collector.settle()
