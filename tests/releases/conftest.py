"""The service's fixtures, for the routes of releases."""

from server.conftest import serving

__all__ = ["serving"]
