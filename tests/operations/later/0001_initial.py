"""Today's."""

from importlib import import_module

Migration = import_module("rondpoint.jobs.migrations.0001_initial").Migration
