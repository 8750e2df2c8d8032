"""The page without a server: a folder of files for any web host, in which each reader's own machine computes.

`contents` says what is in it, `pages` what the files at its top are, `export` writes it. docs/site.md is for teachers.
"""

from pellucid.site.export import Written, export

__all__ = ["Written", "export"]
