"""Models in a notebook: `pellucid.show` puts the page into a cell, and what is chosen there comes back to Python.

The page asks the kernel through the notebook's own connection (asking.py); there is no server and no port. It needs the
extra `notebook`.
"""

from pellucid.notebook.view import View, show

__all__ = ["View", "show"]
